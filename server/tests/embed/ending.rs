//! The end of an engine, and of one that could not be started.

use std::thread;

use server::embed::{Pending, Refusal};

use super::bed::{get, in_a_bed, start};
use crate::support::{Mode, eventually};

/// How many threads this process has.
fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").expect("a Linux /proc");
    tasks.count()
}

pub(crate) fn answers_what_was_submitted_and_refuses_the_rest(mode: Mode) {
    let promise = "ending::answers_what_was_submitted_and_refuses_the_rest";
    in_a_bed(promise, mode, |bed| {
        let before = threads();
        let engine = bed.start(&["--workers", "2"]);
        let submitter = engine.submitter();
        let slow: Vec<_> = (0..40).map(|_| engine.submit(get("/slow"))).collect();
        let squares: Vec<_> = (0..40).map(|_| engine.submit(get("/square/4"))).collect();
        engine.close();
        assert_eq!(
            submitter.submit(get("/square/4")).wait().err(),
            Some(Refusal::Closed)
        );
        // What is routed without a worker still is.
        let unknown = submitter.submit(get("/nowhere")).wait();
        assert_eq!(unknown.expect("an answer").status, 404);
        let answers = |pending: Vec<Pending>| -> Vec<_> {
            let answers = pending.into_iter().map(Pending::wait);
            answers
                .map(|answer| answer.expect("answered before the end").body)
                .collect()
        };
        assert_eq!(answers(slow), ["slept"; 40]);
        assert_eq!(answers(squares), ["16"; 40]);
        let interpreters = mode.strategy.interpreters(2);
        assert_eq!(
            bed.notes("ended"),
            vec!["down"; interpreters],
            "each runs its hooks"
        );
        eventually("every thread has ended", || {
            (threads() == before).then_some(())
        });
    });
}

pub(crate) fn comes_while_others_submit(mode: Mode) {
    in_a_bed("ending::comes_while_others_submit", mode, |bed| {
        let engine = bed.start(&["--workers", "2"]);
        let submitter = engine.submitter();
        let submit_until_refused = || {
            let mut answered = 0;
            loop {
                match submitter.submit(get("/square/4")).wait() {
                    Ok(response) => assert_eq!(response.body, "16"),
                    Err(Refusal::Closed) => return answered,
                    Err(refusal) => panic!("{refusal}"),
                }
                answered += 1;
            }
        };
        let answered: Vec<usize> = thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(submit_until_refused)).collect();
            for _ in 0..100 {
                assert_eq!(
                    engine
                        .submit(get("/slow"))
                        .wait()
                        .expect("an answer")
                        .status,
                    200
                );
            }
            engine.close();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("no panic"))
                .collect()
        });
        assert!(
            answered.iter().all(|answered| *answered > 0),
            "{answered:?}"
        );
    });
}

pub(crate) fn of_an_engine_is_final(mode: Mode) {
    in_a_bed("ending::of_an_engine_is_final", mode, |bed| {
        let engine = bed.start(&[]);
        for _ in 0..2 {
            let error = start(mode, "embedded", &[]).expect_err("one in a process");
            assert!(error.to_string().contains("once"), "{error}");
            // The one that runs is as it was.
            let running = engine.submit(get("/square/6")).wait();
            assert_eq!(running.expect("an answer").body, "36");
        }
        drop(engine);
        assert!(start(mode, "embedded", &[]).is_err());
    });
}

pub(crate) fn follows_a_start_that_failed(mode: Mode) {
    in_a_bed("ending::follows_a_start_that_failed", mode, |_| {
        let before = threads();
        let error = start(mode, "clashing", &[]).expect_err("two routes clash");
        assert!(error.to_string().contains("clash"), "{error}");
        eventually("every thread has ended", || {
            (threads() == before).then_some(())
        });
    });
}
