//! What it costs to turn a Rust value into a Python object and back: the project's direct calls of the C API, and PyO3's
//! conversion traits, which serve every type in one way.
//!
//! `elem/s` are conversions. One to Python includes the end of the object, one from Python the comparison with what was
//! expected. Strings and bytes have 24 bytes; integers are beyond the small ones that CPython keeps.

use std::hint::black_box;
use std::time::Duration;

use benches::embedded::Embedded;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use mimalloc::MiMalloc;
use native_types::capi::{Attached, Object, Owned, PyResult, builtin, convert};
use pyo3::IntoPyObjectExt as _;
use pyo3::prelude::*;
use pyo3::types::PyAny;

/// The server's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How many values a round converts.
const VALUES: usize = 1_000;

type Group<'a> = BenchmarkGroup<'a, WallTime>;

/// The conversions of one type by the project; `is` converts an object, and tells whether it is the expected value.
fn direct<'py, T: Copy>(
    group: &mut Group<'_>,
    (name, values): (&str, &[T]),
    py: Attached<'py>,
    to: impl Fn(T, Attached<'py>) -> PyResult<Owned<'py>>,
    is: impl Fn(&Object, T, Attached<'py>) -> PyResult<bool>,
) {
    let objects: Vec<_> = values
        .iter()
        .map(|&value| to(value, py).expect("memory for an object"))
        .collect();
    group.bench_function(format!("{name} to python direct"), |bencher| {
        bencher.iter(|| {
            for &value in values {
                black_box(to(value, py)).expect("memory for an object");
            }
        });
    });
    group.bench_function(format!("{name} from python direct"), |bencher| {
        bencher.iter(|| {
            for (object, &value) in objects.iter().zip(values) {
                assert!(is(object, value, py).expect("an object of the type"));
            }
        });
    });
}

/// The same by PyO3.
fn generic<'py, T: Copy + IntoPyObject<'py>>(
    group: &mut Group<'_>,
    (name, values): (&str, &[T]),
    py: Python<'py>,
    is: impl Fn(&Bound<'py, PyAny>, T) -> pyo3::PyResult<bool>,
) {
    let objects: Vec<_> = values
        .iter()
        .map(|&value| value.into_bound_py_any(py).expect("memory for an object"))
        .collect();
    group.bench_function(format!("{name} to python generic"), |bencher| {
        bencher.iter(|| {
            for &value in values {
                assert!(black_box(value.into_pyobject(py)).is_ok());
            }
        });
    });
    group.bench_function(format!("{name} from python generic"), |bencher| {
        bencher.iter(|| {
            for (object, &value) in objects.iter().zip(values) {
                assert!(is(object, value).expect("an object of the type"));
            }
        });
    });
}

fn numbers(group: &mut Group<'_>, py: Attached<'_>) {
    let integers: Vec<i64> = (1..).map(|n| n * 1_000_003).take(VALUES).collect();
    let i64s = ("i64", &*integers);
    direct(group, i64s, py, convert::new_int, |object, value, py| {
        Ok(convert::as_i64(object, py)? == Some(value))
    });
    let floats: Vec<f64> = (1..).map(|n| f64::from(n) * 0.37).take(VALUES).collect();
    let f64s = ("f64", &*floats);
    direct(group, f64s, py, convert::new_float, |object, value, py| {
        Ok(convert::as_f64(object, py)?.to_bits() == value.to_bits())
    });
    let booleans: Vec<bool> = (0..VALUES).map(|n| n % 2 == 0).collect();
    let bools = ("bool", &*booleans);
    let new_bool = |value, py| Ok(builtin::new_bool(value, py));
    direct(group, bools, py, new_bool, |object, value, py| {
        Ok(object.is_bool(py) && object.is_true(py) == value)
    });
    Python::attach(|py| {
        generic(group, i64s, py, |object, value| {
            Ok(object.extract::<i64>()? == value)
        });
        generic(group, f64s, py, |object, value| {
            Ok(object.extract::<f64>()?.to_bits() == value.to_bits())
        });
        generic(group, bools, py, |object, value| {
            Ok(object.extract::<bool>()? == value)
        });
    });
}

fn texts(group: &mut Group<'_>, py: Attached<'_>) {
    let texts: Vec<String> = (0..VALUES)
        .map(|n| format!("value number {n:011}"))
        .collect();
    let strings: Vec<&str> = texts.iter().map(String::as_str).collect();
    let strings = ("str", &*strings);
    direct(group, strings, py, convert::new_str, |object, value, py| {
        Ok(convert::as_str(object, py)? == Some(value))
    });
    let bytes: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
    let bytes = ("bytes", &*bytes);
    direct(group, bytes, py, convert::new_bytes, |object, value, py| {
        Ok(convert::as_bytes(object, py) == Some(value))
    });
    Python::attach(|py| {
        generic(group, strings, py, |object, value| {
            Ok(object.extract::<&str>()? == value)
        });
        generic(group, bytes, py, |object, value| {
            Ok(object.extract::<&[u8]>()? == value)
        });
    });
}

fn convert(criterion: &mut Criterion, py: Attached<'_>) {
    let mut group = criterion.benchmark_group("convert");
    group.throughput(Throughput::Elements(VALUES as u64));
    numbers(&mut group, py);
    texts(&mut group, py);
    group.finish();
}

fn main() {
    // A thread of its own: that of Python's start has two thread states, and before 3.12 PyO3 would take the other one.
    Embedded::start().beside(|interpreter| {
        let mut criterion = Criterion::default()
            .warm_up_time(Duration::from_millis(300))
            .measurement_time(Duration::from_secs(1))
            .sample_size(50)
            .configure_from_args();
        interpreter.with(|py, _| {
            convert(&mut criterion, py);
            Ok(())
        });
        criterion.final_summary();
    });
}
