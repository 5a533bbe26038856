//! What a call from Python to native code costs: nothing done, and an integer taken and given back, by functions of the
//! project and by PyO3's, beside calls of Python functions.
//!
//! The harness is that of `coachwhip bench boundary` (`native_types/src/boundary.py`): the time is its own, by
//! `time.perf_counter`, and `elem/s` are calls. The loop around the calls is a part of it, the same for every case.

use std::time::Duration;

use benches::embedded::{Embedded, attribute};
use criterion::{Criterion, Throughput};
use mimalloc::MiMalloc;
use native_types::boundary::Harness;
use native_types::capi::{Attached, PyResult};
use pyo3::prelude::{
    PyAnyMethods as _, PyModule, PyModuleMethods as _, Python, pyfunction, wrap_pyfunction,
};

/// The server's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The module that holds PyO3's functions.
const MODULE: &str = "pyo3_cases";

const CASES: [&str; 6] = [
    "python no-op",
    "python increment",
    "native noop",
    "native echo_u64",
    "pyo3 noop",
    "pyo3 echo_u64",
];

#[pyfunction]
fn noop() {}

#[pyfunction]
fn echo_u64(number: u64) -> u64 {
    number
}

/// Makes `import pyo3_cases` work.
fn add_module(py: Python<'_>) -> pyo3::PyResult<()> {
    let module = PyModule::new(py, MODULE)?;
    module.add_function(wrap_pyfunction!(noop, &module)?)?;
    module.add_function(wrap_pyfunction!(echo_u64, &module)?)?;
    let modules = py.import("sys")?.getattr("modules")?;
    modules.set_item(MODULE, module)
}

fn boundary(criterion: &mut Criterion, py: Attached<'_>) -> PyResult<()> {
    Python::attach(add_module).expect("a module like any other");
    let harness = Harness::new(py)?;
    harness.add_noop("pyo3 noop", &*attribute(MODULE, "noop", py)?, py)?;
    harness.add_echo("pyo3 echo_u64", &*attribute(MODULE, "echo_u64", py)?, py)?;
    let mut group = criterion.benchmark_group("boundary");
    group.throughput(Throughput::Elements(1));
    for case in CASES {
        group.bench_function(case, |bencher| {
            bencher.iter_custom(|calls| harness.time(case, calls, py).expect("right answers"));
        });
    }
    group.finish();
    Ok(())
}

fn main() {
    // A thread of its own: that of Python's start has two thread states, and before 3.12 PyO3 would take the other one.
    Embedded::start().beside(|interpreter| {
        let mut criterion = Criterion::default()
            .warm_up_time(Duration::from_millis(300))
            .measurement_time(Duration::from_secs(1))
            .sample_size(50)
            .configure_from_args();
        interpreter.with(|py, _| boundary(&mut criterion, py));
        criterion.final_summary();
    });
}
