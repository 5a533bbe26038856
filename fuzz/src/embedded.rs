//! An embedded interpreter in which targets check what Python sees.

use native_types::capi::call::run_source;
use native_types::capi::{Attached, RefSlot, convert};
use server::interpreter::{Python, Runtime, Seat, find};

/// A function of `checks.py`, in an interpreter that lives as long as the process.
pub struct Check {
    seat: Seat,
    function: RefSlot,
}

impl Check {
    /// The function called `name`. Starts Python, so it is made once in a process; its thread is the one that calls it.
    ///
    /// It is leaked: a fuzzer's process ends without finalising anything.
    pub fn leaked(name: &str) -> &'static Self {
        let python = Python::embedded();
        let strategy = find("main").expect("every build has it");
        let runtime = Runtime::start(Some(&python.executable), strategy, &python);
        let runtime = runtime.expect("Python starts");
        let seat = strategy.enter(runtime.main()).expect("a thread state");
        let function = seat.with(|py| {
            let found = || {
                let checks = run_source(include_str!("checks.py"), c"checks", py)?;
                let function = checks.value_at(&*convert::new_str(name, py)?, py)?;
                Ok(RefSlot::holding(function))
            };
            found().unwrap_or_else(|raised: native_types::capi::Raised| {
                panic!("{}", traceback(raised, py))
            })
        });
        Box::leak(Box::new(Self { seat, function }))
    }

    /// Calls it with `data`.
    ///
    /// # Panics
    ///
    /// Where it raises.
    pub fn call(&self, data: &[u8]) {
        self.seat.with(|py| {
            let function = self.function.get(py).expect("held since it was made");
            let called = convert::new_bytes(data, py).and_then(|data| function.call(&[&data], py));
            if let Err(raised) = called {
                panic!("{}", traceback(raised, py));
            }
        });
    }
}

fn traceback(raised: native_types::capi::Raised, py: Attached<'_>) -> String {
    let exception = raised.take(py);
    let text = || {
        let traceback = native_types::capi::call::import(c"traceback", py)?;
        let lines = traceback.call_method(c"format_exception", &[&exception], py)?;
        let text = convert::new_str("", py)?.call_method(c"join", &[&lines], py)?;
        convert::text_of(&text, py)
    };
    text().unwrap_or_else(|raised: native_types::capi::Raised| {
        raised.clear(py);
        String::from("an exception that can't be shown")
    })
}
