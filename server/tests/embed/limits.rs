//! What is not run: beyond the queue's limits, or no longer wanted.

use std::thread;
use std::time::Duration;

use server::embed::{Pending, Refusal};

use super::bed::{get, in_a_bed};
use crate::support::{Mode, eventually};

/// How many requests may wait.
const DEPTH: usize = 4;

fn hundred_squares(engine: &server::embed::Engine) -> Vec<Pending> {
    (0..100).map(|_| engine.submit(get("/square/3"))).collect()
}

pub(crate) fn refuse_what_the_queue_has_no_room_for(mode: Mode) {
    in_a_bed(
        "limits::refuse_what_the_queue_has_no_room_for",
        mode,
        |bed| {
            let (engine, held) = bed.start_held(&["--queue-depth", &DEPTH.to_string()]);
            let submitted = hundred_squares(&engine);
            eventually("the queue is full", || {
                (engine.waiting() == DEPTH).then_some(())
            });
            // Refused at once, although the worker is held.
            let late = engine.submit(get("/square/3")).wait();
            assert_eq!(late.err(), Some(Refusal::Full));
            bed.release();
            let outcomes: Vec<_> = submitted.into_iter().map(Pending::wait).collect();
            let answered = outcomes.iter().flatten();
            let answered = answered.filter(|answer| answer.body == "9").count();
            // As many again may have been on their way into the queue.
            assert!((DEPTH..=2 * DEPTH).contains(&answered), "{answered}");
            let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
            assert_eq!(
                refused.filter(|why| **why == Refusal::Full).count(),
                100 - answered
            );
            assert_eq!(held.wait().expect("an answer").body, "released");
            assert_eq!(
                engine
                    .submit(get("/square/3"))
                    .wait()
                    .expect("room again")
                    .body,
                "9"
            );
        },
    );
}

pub(crate) fn refuse_what_waits_for_too_long(mode: Mode) {
    in_a_bed("limits::refuse_what_waits_for_too_long", mode, |bed| {
        let (engine, held) = bed.start_held(&["--queue-timeout", "0.1"]);
        let late = engine.submit(get("/mark/late")).wait();
        assert_eq!(late.err(), Some(Refusal::WaitedTooLong));
        bed.release();
        assert_eq!(held.wait().expect("an answer").body, "released");
        drop(engine);
        assert_eq!(bed.notes("marks"), Vec::<String>::new(), "it was never run");
    });
}

pub(crate) fn withdraw_what_is_dropped(mode: Mode) {
    in_a_bed("limits::withdraw_what_is_dropped", mode, |bed| {
        let (engine, held) = bed.start_held(&[]);
        let kept = engine.submit(get("/mark/kept"));
        // Some are dropped when they wait in the queue, some before they have come there.
        let unwanted: Vec<_> = (0..10)
            .map(|_| engine.submit(get("/mark/queued")))
            .collect();
        eventually("they wait", || (engine.waiting() == 11).then_some(()));
        drop(unwanted);
        for _ in 0..10 {
            drop(engine.submit(get("/mark/dropped")));
        }
        eventually("they are withdrawn", || {
            (engine.waiting() == 1).then_some(())
        });
        // One that runs goes on, unheard.
        drop(held);
        thread::sleep(Duration::from_millis(20));
        bed.release();
        assert_eq!(kept.wait().expect("an answer").body, "kept");
        drop(engine);
        assert_eq!(bed.notes("marks"), ["kept"]);
    });
}
