//! The 100,000 small integers: each way of attaching, converting and making the results.

use benches::embedded::Interpreter;
use criterion::Bencher;
use native_types::capi::{Attached, Object, PyResult, RefSlot, builtin, convert};
use pyo3::prelude::*;
use pyo3::types::{PyList, PySequence};
use server::interpreter::PerCall;

/// How many integers there are.
pub(crate) const COUNT: usize = 100_000;

/// The smallest and the largest; CPython keeps the doubles of all between.
const LEAST: i64 = -2;
const MOST: i64 = 128;

/// By what integers are converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conversion {
    /// `PyO3`'s traits.
    Generic,
    /// Calls of the C API.
    Direct,
}

/// What the results are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Results {
    /// Integers that CPython keeps.
    Kept,
    /// Those plus 1,000, which it makes anew.
    New,
}

impl Results {
    fn offset(self) -> i64 {
        match self {
            Self::Kept => 0,
            Self::New => 1000,
        }
    }
}

/// One way to process them all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Integers<'embedded> {
    pub(crate) interpreter: Interpreter<'embedded>,
    /// Whether the thread stays attached from the first to the last.
    pub(crate) keeps_attached: bool,
    pub(crate) conversion: Conversion,
    pub(crate) results: Results,
}

/// The integers.
fn items() -> impl Iterator<Item = i64> {
    (LEAST..=MOST).cycle().take(COUNT)
}

/// What the doubles add up to.
fn sum() -> i64 {
    items().map(|item| item * 2).sum()
}

impl Integers<'_> {
    /// Times this way. Each run checks the sum and how many results there are.
    pub(crate) fn time(&self, bencher: &mut Bencher<'_>) {
        self.with_run(|run| bencher.iter(|| run(false)));
    }

    /// Runs once, and checks each result.
    pub(crate) fn check(&self) {
        self.with_run(|run| run(true));
    }

    /// Gives `use_run` what processes all integers once, on a thread that begins as it is meant to.
    fn with_run(&self, use_run: impl FnOnce(&mut dyn FnMut(bool)) + Send) {
        let (per_call, results) = (self.interpreter.per_call, self.results);
        self.interpreter.with(|py, _| {
            match (self.conversion, self.keeps_attached) {
                (Conversion::Generic, true) => Python::attach(|py| {
                    let input = input(py).expect("memory for the integers");
                    use_run(&mut |is_checked| generic(&input, results, is_checked));
                }),
                (Conversion::Generic, false) => py.detached(|| {
                    let input = Python::attach(|py| input(py).map(Bound::unbind));
                    let input = input.expect("memory for the integers");
                    use_run(&mut |is_checked| generic_each(&input, results, is_checked));
                    // Outside, it could not be given back.
                    Python::attach(|py| drop(input.into_bound(py)));
                }),
                (Conversion::Direct, keeps_attached) => {
                    let input = builtin::new_list(py)?;
                    for item in items() {
                        builtin::append(&input, &*convert::new_int(item, py)?, py)?;
                    }
                    if keeps_attached {
                        use_run(&mut |is_checked| {
                            direct(&input, results, is_checked, py).expect("small integers");
                        });
                    } else {
                        let input = RefSlot::holding(input);
                        py.detached(|| {
                            use_run(&mut |is_checked| {
                                direct_each(per_call, &input, results, is_checked);
                            });
                        });
                    }
                }
            }
            Ok(())
        });
    }
}

fn input(py: Python<'_>) -> pyo3::PyResult<Bound<'_, PyList>> {
    PyList::new(py, items().collect::<Vec<_>>())
}

/// Attached once, converted by traits.
fn generic(input: &Bound<'_, PyList>, results: Results, is_checked: bool) {
    let output = PyList::empty(input.py());
    let sequence = input.as_sequence();
    let doubles = (0..COUNT).map(|index| generic_item(sequence, &output, index, results));
    let doubles: pyo3::PyResult<i64> = doubles.sum();
    assert_eq!(doubles.expect("small integers"), sum());
    check_generic(&output, results, is_checked);
}

/// Attached for each item, converted by traits.
fn generic_each(input: &Py<PyList>, results: Results, is_checked: bool) {
    let output = Python::attach(|py| PyList::empty(py).unbind());
    let doubles = (0..COUNT).map(|index| {
        Python::attach(|py| {
            let sequence = input.bind(py).as_sequence();
            generic_item(sequence, output.bind(py), index, results).expect("small integers")
        })
    });
    assert_eq!(doubles.sum::<i64>(), sum());
    Python::attach(|py| check_generic(&output.into_bound(py), results, is_checked));
}

fn generic_item(
    input: &Bound<'_, PySequence>,
    output: &Bound<'_, PyList>,
    index: usize,
    results: Results,
) -> pyo3::PyResult<i64> {
    let item: i64 = input.get_item(index)?.extract()?;
    let double = item * 2;
    output.append(double + results.offset())?;
    Ok(double)
}

fn check_generic(output: &Bound<'_, PyList>, results: Results, is_checked: bool) {
    assert_eq!(output.len(), COUNT);
    if is_checked {
        let expected: Vec<i64> = items().map(|item| item * 2 + results.offset()).collect();
        assert_eq!(output.extract::<Vec<i64>>().expect("integers"), expected);
    }
}

/// Attached once, converted by calls of the C API.
fn direct(input: &Object, results: Results, is_checked: bool, py: Attached<'_>) -> PyResult<()> {
    let output = builtin::new_list(py)?;
    let doubles = (0..COUNT).map(|index| direct_item(input, &output, index, results, py));
    assert_eq!(doubles.sum::<PyResult<i64>>()?, sum());
    check_direct(&output, results, is_checked, py)
}

/// Attached for each item, converted by calls of the C API.
fn direct_each(per_call: PerCall<'_>, input: &RefSlot, results: Results, is_checked: bool) {
    let output = RefSlot::empty();
    per_call.with(|py| {
        output.fill(builtin::new_list(py).expect("memory for a list"), py);
    });
    let doubles = (0..COUNT).map(|index| {
        per_call.with(|py| {
            let lists = input.get(py).zip(output.get(py));
            let (input, output) = lists.expect("held until the end");
            direct_item(input, output, index, results, py).expect("small integers")
        })
    });
    assert_eq!(doubles.sum::<i64>(), sum());
    per_call.with(|py| {
        // Emptied here: outside, it could not be given back.
        let output = output.clear(py).expect("held until the end");
        check_direct(&output, results, is_checked, py).expect("integers");
    });
}

fn direct_item(
    input: &Object,
    output: &Object,
    index: usize,
    results: Results,
    py: Attached<'_>,
) -> PyResult<i64> {
    let item = input.item(index, py)?;
    let double = convert::as_i64(&item, py)?.unwrap_or_default() * 2;
    let made = convert::new_int(double + results.offset(), py)?;
    builtin::append(output, &made, py)?;
    Ok(double)
}

fn check_direct(
    output: &Object,
    results: Results,
    is_checked: bool,
    py: Attached<'_>,
) -> PyResult<()> {
    assert_eq!(output.length(py)?, COUNT);
    if is_checked {
        let mut expected = items().map(|item| item * 2 + results.offset());
        output.for_each(py, |made| {
            assert_eq!(convert::as_i64(made, py)?, expected.next());
            Ok(())
        })?;
    }
    Ok(())
}
