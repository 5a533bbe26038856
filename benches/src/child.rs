//! This program once more, for a part of a bench that needs a Python of its own: a process can start it once.
//!
//! The bench starts itself with a role, gives orders on standard input, a line each, and reads an answer to each.

use std::env;
use std::io::{self, BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child as Process, ChildStdin, ChildStdout, Command, Stdio};

/// Holds the role.
const ROLE: &str = "BENCH_ROLE";

/// What a child says when it takes orders.
const READY: &str = "ready";

/// The bench's end. Dropped, it ends the child, and waits for that.
#[derive(Debug)]
pub struct Child {
    process: Process,
    orders: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Child {
    /// Starts this program for `role`, and waits until it takes orders.
    ///
    /// # Panics
    ///
    /// When it does not come to that; it has said why on standard error.
    pub fn start(role: &str) -> Self {
        let program = env::current_exe().expect("a program knows its file");
        let mut command = Command::new(program);
        command.env(ROLE, role);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("this program can be started again");
        let orders = process.stdin.take();
        let answers = process.stdout.take().expect("a pipe, as was asked for");
        let mut child = Self {
            process,
            orders,
            answers: BufReader::new(answers).lines(),
        };
        assert_eq!(child.answer(), READY, "{role}");
        child
    }

    /// The answer to an order.
    ///
    /// # Panics
    ///
    /// When the child has ended.
    pub fn ask(&mut self, order: &str) -> String {
        let orders = self.orders.as_mut().expect("until it is dropped");
        writeln!(orders, "{order}").expect("the child takes orders");
        self.answer()
    }

    fn answer(&mut self) -> String {
        let line = self.answers.next().expect("the child does not end yet");
        line.expect("a line of text")
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // The end of its orders is its end.
        self.orders = None;
        let ended = self.process.wait();
        let is_orderly = ended.is_ok_and(|status| status.success());
        assert!(is_orderly || std::thread::panicking(), "a child failed");
    }
}

/// What this process was started for, if it is a child.
pub fn role() -> Option<String> {
    env::var(ROLE).ok()
}

/// In a child: carries out orders until there are no more.
///
/// # Panics
///
/// When the bench can't be read from, or is gone.
pub fn obey(mut carry_out: impl FnMut(&str) -> String) {
    let mut answers = io::stdout().lock();
    writeln!(answers, "{READY}").expect("the bench reads");
    for order in io::stdin().lock().lines() {
        let answer = carry_out(&order.expect("a line of text"));
        writeln!(answers, "{answer}").expect("the bench reads");
    }
}
