//! The queue's places, when requests are withdrawn.

use std::sync::Arc;

use http::{HeaderMap, Method, Uri, Version};
use native_types::message::{Params, RequestMessage, RouteId, Scheme};

use super::*;

fn job(exchange: &Exchange, slot: usize) -> Job {
    let generation = exchange.stamps(0).open(slot);
    let slot = u32::try_from(slot).unwrap();
    let message = RequestMessage {
        method: Method::GET,
        uri: Uri::from_static("/"),
        version: Version::HTTP_11,
        headers: HeaderMap::new(),
        decoded_path: None,
        route: RouteId(slot),
        params: Params::default(),
        body: bytes::Bytes::new(),
        stream: None,
        client: None,
        scheme: Scheme::Http,
        socket: None,
    };
    Job {
        message: Arc::new(message),
        ticket: Ticket {
            io_thread: 0,
            slot,
            generation,
        },
    }
}

fn exchange(queue_depth: usize) -> Arc<Exchange> {
    let limits = Limits {
        dispatch: Dispatch::Queue,
        workers: 1,
        io_threads: 1,
        queue_depth,
        concurrency: 9,
        connections: 9,
        batch: Limits::BATCH,
    };
    Exchange::new(limits).unwrap()
}

#[test]
fn a_full_queue_makes_room_for_as_many_as_were_withdrawn() {
    let exchange = exchange(3);
    let generations: Vec<u32> = (0..3)
        .map(|slot| {
            let job = job(&exchange, slot);
            let generation = job.ticket.generation;
            exchange.push(job).unwrap();
            generation
        })
        .collect();
    assert!(exchange.push(job(&exchange, 3)).is_err(), "full");
    assert!(exchange.withdraw(0, 1, generations[1]));
    assert!(!exchange.withdraw(0, 1, generations[1]), "only once");
    assert_eq!(exchange.waiting(), 2);
    exchange.push(job(&exchange, 4)).unwrap();
    let order: Vec<u32> = std::iter::from_fn(|| exchange.take())
        .map(|job| job.ticket.slot)
        .collect();
    assert_eq!(
        order,
        [0, 2, 4],
        "in order, without the one that was withdrawn"
    );
    assert_eq!(exchange.waiting(), 0);
}

#[test]
fn a_withdrawn_job_is_passed_over() {
    let exchange = exchange(3);
    let first = job(&exchange, 0);
    let generation = first.ticket.generation;
    exchange.push(first).unwrap();
    exchange.push(job(&exchange, 1)).unwrap();
    assert!(exchange.withdraw(0, 0, generation));
    assert_eq!(exchange.take().unwrap().ticket.slot, 1);
    assert!(exchange.take().is_none());
    assert_eq!(exchange.waiting(), 0);
}
