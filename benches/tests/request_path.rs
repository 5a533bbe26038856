//! What `instructions.py` counts is a way that ends with the right answer.

use benches::request_path::send;

#[test]
fn every_request_is_answered() {
    send(100);
}
