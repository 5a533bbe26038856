//! Kept objects against new ones.
//!
//! Group `pool`: `KIND pooled` is the product's own pool (`native_types::pool`: methods, header names, status codes) where it
//! has one, else what CPython keeps. `KIND new` makes an object for each use:
//! - `small int`: 7, which CPython keeps, against 1007, which it does not; the product adds nothing to that;
//! - `bool`: `True`, against a `float`, since CPython can't make another boolean and that is its simplest new object;
//! - `empty tuple`: the one that CPython keeps, against a tuple of one item, the shortest that is new;
//! - `empty dict`: a copy of a kept one, since whoever gets it may change it, against a new one;
//! - `status code`, `method`, `header name`: 404, `POST` and `content-type`.
//!
//! Group `100000 small integers`: each item of a list becomes an `i64`, is doubled and added to a sum, and the double is
//! appended to another list as an `int`.
//! - `none`: each item is attached for (`PyGILState_Ensure` and `PyGILState_Release`, by `PyO3`'s `Python::attach`),
//!   converted by `PyO3`'s traits, and each result is a new object;
//! - `kept attached`: as `none`, but attached once for all items;
//! - `direct conversion`: as `none`, but converted by calls of the C API (`native_types::capi::convert`);
//! - `pooling`: as `none`, but each result is an object that is kept;
//! - `all`: all three.
//!
//! The items are from -2 to 128, so that CPython keeps each double. Without pooling 1,000 is added to each result, which
//! makes it one that CPython does not keep. The sum is of the doubles, so it is the same for all.

mod small_integers;

use std::time::Duration;

use benches::embedded::{Embedded, Interpreter};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use http::{Method, StatusCode};
use mimalloc::MiMalloc;
use native_types::capi::builtin::{self, new_tuple};
use native_types::capi::{Attached, Owned, PyResult, convert};
use native_types::state::State;

use small_integers::{COUNT, Conversion, Integers, Results};

/// The server's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// What is compared, attached.
struct Pairs<'a, 'py> {
    group: BenchmarkGroup<'a, WallTime>,
    py: Attached<'py>,
}

impl<'py> Pairs<'_, 'py> {
    /// Times both ways to come by an object that shows itself as `shown`.
    fn compare(
        &mut self,
        kind: &str,
        shown: [&str; 2],
        pooled: impl Fn() -> PyResult<Owned<'py>>,
        new: impl Fn() -> PyResult<Owned<'py>>,
    ) -> PyResult<()> {
        let py = self.py;
        assert_eq!(convert::text_of(&*pooled()?, py)?, shown[0]);
        assert_eq!(convert::text_of(&*new()?, py)?, shown[1]);
        assert!(!new()?.is(&*pooled()?), "{kind} is new");
        let (first, second) = (new()?, new()?);
        assert!(!first.is(&second), "{kind} is new each time");
        let (made, kept) = (|| new().expect("memory"), || pooled().expect("memory"));
        self.group
            .bench_function(format!("{kind} pooled"), |bencher| bencher.iter(kept));
        self.group
            .bench_function(format!("{kind} new"), |bencher| bencher.iter(made));
        Ok(())
    }
}

fn pool(criterion: &mut Criterion, state: &State, py: Attached<'_>) -> PyResult<()> {
    let mut group = criterion.benchmark_group("pool");
    group.throughput(Throughput::Elements(1));
    let mut pairs = Pairs { group, py };
    python_keeps(&mut pairs, py)?;
    let pool = state.pool();
    pairs.compare(
        "status code",
        ["404", "404"],
        || pool.status(StatusCode::NOT_FOUND, py),
        || convert::new_int(404, py),
    )?;
    pairs.compare(
        "method",
        ["POST", "POST"],
        || pool.method(&Method::POST, py),
        || convert::new_str("POST", py),
    )?;
    pairs.compare(
        "header name",
        ["content-type", "content-type"],
        || pool.header_name("content-type", py),
        || convert::new_str("content-type", py),
    )?;
    pairs.group.finish();
    Ok(())
}

/// What CPython keeps by itself, and the empty dict, which nobody can.
fn python_keeps<'py>(pairs: &mut Pairs<'_, 'py>, py: Attached<'py>) -> PyResult<()> {
    pairs.compare(
        "small int",
        ["7", "1007"],
        || convert::new_int(7, py),
        || convert::new_int(1007, py),
    )?;
    pairs.compare(
        "bool",
        ["True", "1.0"],
        || Ok(builtin::new_bool(true, py)),
        || convert::new_float(1.0, py),
    )?;
    pairs.compare(
        "empty tuple",
        ["()", "(None,)"],
        || new_tuple(std::iter::empty::<Owned<'_>>(), py),
        || new_tuple(std::iter::once(builtin::none(py)), py),
    )?;
    let template = builtin::new_dict(py)?;
    let copy = template.attribute(c"copy", py)?;
    pairs.compare(
        "empty dict",
        ["{}", "{}"],
        || copy.call(&[], py),
        || builtin::new_dict(py),
    )
}

fn small_integers(criterion: &mut Criterion, interpreter: Interpreter<'_>) {
    let cases = [
        ("none", false, Conversion::Generic, Results::New),
        ("kept attached", true, Conversion::Generic, Results::New),
        ("direct conversion", false, Conversion::Direct, Results::New),
        ("pooling", false, Conversion::Generic, Results::Kept),
        ("all", true, Conversion::Direct, Results::Kept),
    ];
    let mut group = criterion.benchmark_group("100000 small integers");
    group.throughput(Throughput::Elements(COUNT as u64));
    for (case, keeps_attached, conversion, results) in cases {
        let integers = Integers {
            interpreter,
            keeps_attached,
            conversion,
            results,
        };
        integers.check();
        group.bench_function(case, |bencher| integers.time(bencher));
    }
    group.finish();
}

fn main() {
    Embedded::start().beside(|interpreter| {
        let mut criterion = Criterion::default()
            .warm_up_time(Duration::from_millis(300))
            .measurement_time(Duration::from_secs(1))
            .sample_size(30)
            .configure_from_args();
        interpreter.with(|py, state| pool(&mut criterion, state, py));
        small_integers(&mut criterion, interpreter);
        criterion.final_summary();
    });
}
