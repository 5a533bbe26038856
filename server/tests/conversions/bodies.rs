//! Request bodies, byte for byte.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::Strategy as _;

use super::peer::{Peer, hold};
use crate::support::{Call, Strategy};

fn bytes() -> impl proptest::prelude::Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..200),
        vec(any::<u8>(), 0..20_000),
        vec("[\\r\\n0:a]", 0..50).prop_map(|lines| lines.concat().into_bytes()),
    ]
}

pub(crate) fn of_any_bytes_arrive_as_sent(strategy: Strategy) {
    let peer = Peer::start(strategy);
    hold(&bytes(), |body| {
        let answer = peer.call(&Call::post("/echo", &body)).expect(200);
        assert!(
            answer.body == body,
            "{} bytes in, {} out",
            body.len(),
            answer.body.len()
        );
    });
}

/// Cut anywhere into chunks, whose sizes are written in any case and with leading zeros.
pub(crate) fn of_any_bytes_arrive_in_chunks(strategy: Strategy) {
    let peer = Peer::start(strategy);
    let cuts = vec((any::<Index>(), 0..4_usize, any::<bool>()), 0..6);
    hold(&(bytes(), cuts), |(body, cuts)| {
        let mut cuts: Vec<_> = cuts
            .into_iter()
            .map(|(at, zeros, is_upper)| (at.index(body.len() + 1), zeros, is_upper))
            .collect();
        cuts.push((body.len(), 0, false));
        cuts.sort_unstable();
        let mut sent =
            b"POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        let mut begin = 0;
        for (end, zeros, is_upper) in cuts {
            let piece = &body[begin..end];
            begin = end;
            // An empty chunk would be the last.
            if piece.is_empty() {
                continue;
            }
            let size = format!("{:x}", piece.len());
            let size = if is_upper { size.to_uppercase() } else { size };
            sent.extend(format!("{}{size}\r\n", "0".repeat(zeros)).into_bytes());
            sent.extend(piece);
            sent.extend(b"\r\n");
        }
        sent.extend(b"0\r\n\r\n");
        let answer = peer.send(&sent).expect(200);
        assert!(
            answer.body == body,
            "{} bytes in, {} out",
            body.len(),
            answer.body.len()
        );
    });
}
