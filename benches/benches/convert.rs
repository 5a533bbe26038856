//! What it costs to turn a Rust value into a Python object and back: the project's direct calls of the C API, and PyO3's
//! conversion traits, which serve every type in one way.
//!
//! `elem/s` are conversions. A conversion to Python includes the end of the object; strings and bytes have 24 bytes, numbers
//! are beyond the small integers that CPython keeps.

use std::hint::black_box;
use std::time::Duration;

use benches::embedded::Embedded;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use mimalloc::MiMalloc;
use native_types::capi::{Attached, Object, Owned, PyResult, builtin, convert};
use pyo3::prelude::*;
use pyo3::{IntoPyObjectExt as _, Python};

/// The server's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How many values each round converts, all different but for booleans.
const VALUES: usize = 1_000;

/// One type's conversions by the project: to Python, and from it.
struct Direct<T> {
    to: for<'py> fn(T, Attached<'py>) -> PyResult<Owned<'py>>,
    from: for<'a> fn(&'a Object, Attached<'_>) -> PyResult<T>,
}
