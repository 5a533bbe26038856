//! What a strategy is, which there are, and which one `auto` takes.

use std::fmt;
use std::num::NonZeroUsize;

use native_types::capi::Attached;
use native_types::release::ReleaseThreshold;

use super::free_threaded::FreeThreaded;
use super::isolated::Isolated;
use super::main_interpreter::MainInterpreter;
use super::runtime::Main;
use super::seat::Seat;
use super::{Python, StartError};

/// Who runs the handlers. One file each.
pub trait Strategy: Sync + fmt::Debug {
    /// The name, as the option and `coachwhip.strategy()` have it.
    fn name(&self) -> &'static str;

    /// Why it is not possible with `python`, with what it needs; `None` if it is possible.
    fn refusal(&self, python: &Python) -> Option<String>;

    /// How many workers to start on `cores` cores unless the operator says.
    fn workers(&self, cores: NonZeroUsize) -> NonZeroUsize;

    /// Whether all workers use one interpreter, so that the handler modules are imported once.
    fn shares_interpreter(&self) -> bool;

    /// Whether a build without a GIL is to run with one.
    fn needs_gil(&self) -> bool {
        false
    }

    /// Whether the workers gain from each other only as long as no module switches the GIL on again.
    fn needs_no_gil(&self) -> bool {
        false
    }

    /// From what size on native work is done detached, so that others of the interpreter run meanwhile.
    fn release(&self) -> ReleaseThreshold;

    /// Prepares the main interpreter, on the main thread, before the first worker enters.
    ///
    /// # Errors
    ///
    /// When Python was started in a way that the strategy does not survive.
    fn prepare(&self, _python: &Python, _py: Attached<'_>) -> Result<(), StartError> {
        Ok(())
    }

    /// Settles an interpreter that has just imported the application, on the first worker's thread, before its hooks.
    fn settle(&self, _python: &Python, _py: Attached<'_>) {}

    /// Gives the calling thread its place in an interpreter. The thread is attached from then on until
    /// [`Seat::leave`], but for where it waits.
    ///
    /// # Errors
    ///
    /// When CPython can't make an interpreter or thread state.
    fn enter(&self, main: Main) -> Result<Seat, StartError>;
}

/// Every strategy, in the order of the documentation.
pub static STRATEGIES: [&dyn Strategy; 3] = [&MainInterpreter, &Isolated, &FreeThreaded];

/// The strategy called `name`.
pub fn find(name: &str) -> Option<&'static dyn Strategy> {
    STRATEGIES
        .into_iter()
        .find(|strategy| strategy.name() == name)
}

/// Which strategy runs, and why.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// The strategy.
    pub strategy: &'static dyn Strategy,
    /// Why this one, for the operator.
    pub reason: &'static str,
    /// Whether the operator left the choice to the server, so that it may be changed.
    pub is_automatic: bool,
}

impl Choice {
    /// The strategy to run code with that is to stay in the main interpreter.
    pub fn in_main(self) -> &'static dyn Strategy {
        if self.strategy.shares_interpreter() {
            self.strategy
        } else {
            &MainInterpreter
        }
    }
}

/// The strategy called `name`, or for `None` the one that suits `python` best.
///
/// # Errors
///
/// [`StartError::Impossible`] for a strategy that `python` does not allow.
pub fn choose(name: Option<&str>, python: &Python) -> Result<Choice, StartError> {
    let Some(name) = name else {
        return Ok(automatic(python));
    };
    let strategy = find(name).ok_or_else(|| StartError::Impossible {
        strategy: name.to_owned(),
        python: python.clone(),
        reason: String::from("there is no such strategy"),
    })?;
    match strategy.refusal(python) {
        Some(reason) => Err(StartError::Impossible {
            strategy: name.to_owned(),
            python: python.clone(),
            reason,
        }),
        None => Ok(Choice {
            strategy,
            reason: "as configured",
            is_automatic: false,
        }),
    }
}

fn automatic(python: &Python) -> Choice {
    let order: [(&dyn Strategy, &str); 3] = [
        (&FreeThreaded, "this Python is built without a GIL"),
        (
            &Isolated,
            "this Python allows interpreters with a GIL of their own",
        ),
        (&MainInterpreter, "this Python allows no other"),
    ];
    let best = order
        .into_iter()
        .find(|(strategy, _)| strategy.refusal(python).is_none());
    let (strategy, reason) = best.unwrap_or((&MainInterpreter, "no strategy is certain to work"));
    Choice {
        strategy,
        reason,
        is_automatic: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(major: u8, minor: u8, micro: u8, is_free_threaded: bool) -> Python {
        Python {
            version: (major, minor, micro),
            is_free_threaded,
            executable: "python3".into(),
        }
    }

    #[test]
    fn auto_takes_what_the_build_allows() {
        let cases = [
            (python(3, 11, 7, false), "main"),
            (python(3, 12, 1, false), "main"),
            (python(3, 12, 4, false), "subinterp"),
            (python(3, 13, 0, false), "subinterp"),
            (python(3, 14, 5, false), "subinterp"),
            (python(3, 13, 5, true), "freethreaded"),
            (python(3, 14, 0, true), "freethreaded"),
        ];
        for (python, expected) in cases {
            assert_eq!(automatic(&python).strategy.name(), expected, "{python}");
        }
    }

    #[test]
    fn a_strategy_that_can_not_be_says_what_it_needs() {
        let cases = [
            ("subinterp", python(3, 11, 7, false), "3.12.4"),
            ("subinterp", python(3, 12, 3, false), "3.12.4"),
            ("subinterp", python(3, 13, 5, true), "with a GIL"),
            ("freethreaded", python(3, 13, 0, false), "free-threaded"),
            ("main", python(3, 10, 0, false), "3.11"),
        ];
        for (name, python, part) in cases {
            let text = choose(Some(name), &python).unwrap_err().to_string();
            assert!(
                text.contains(part) && text.contains(&python.to_string()),
                "{text}"
            );
        }
    }
}
