//! A native request against a dict of copies.
//!
//! Both are made of the same `RequestMessage`: a head that was parsed without a copy, and a body. Parsing is not timed.
//! - `native`: `native_types::request::new_request`, as the server makes it. An attribute becomes a Python object when it is
//!   read.
//! - `dict`: a dict with a new `str` or `bytes` for each part and a dict of the header fields, whose own keys are kept.
//!
//! Groups: `request make`; `request make + 2 attributes` reads method and path; `request make + all` reads each part, and
//! name and value of each header field. The parameter is the number of header fields and the bytes of the body.
//!
//! Group `request copying`: one copy of all bytes of the same message, head and body, into memory that is new: how much of
//! the dict's time copying alone takes.

use std::ffi::CStr;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use benches::embedded::Embedded;
use benches::requests::{Dicts, Sent};
use criterion::{BenchmarkId, Criterion, Throughput};
use mimalloc::MiMalloc;
use native_types::capi::{Attached, Object, Owned, PyResult, RefSlot, convert};
use native_types::message::RequestMessage;
use native_types::request::new_request;
use native_types::state::State;

/// The server's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Header fields, and bytes of the body.
const SIZES: [(usize, usize); 5] = [(2, 0), (10, 0), (50, 0), (10, 1 << 10), (10, 1 << 20)];

/// What is read of a request.
const READS: [(&str, usize); 3] = [("make", 0), ("make + 2 attributes", 2), ("make + all", 8)];

/// The place of the headers among the attributes, after which each field is read.
const HEADERS: usize = 7;

/// What makes requests of both kinds from one message, and reads them.
struct Bed<'py> {
    py: Attached<'py>,
    state: &'py State,
    message: Arc<RequestMessage>,
    param_names: Arc<[String]>,
    dicts: Dicts,
    /// `items`, to read the headers of either kind.
    items: RefSlot,
}

impl<'py> Bed<'py> {
    fn native(&self, reads: usize) -> PyResult<Owned<'py>> {
        let (message, names) = (Arc::clone(&self.message), Arc::clone(&self.param_names));
        let request = new_request(message, names, self.state, self.py)?;
        for index in 0..reads {
            let value = request.attribute_by(self.dicts.key(index, self.py), self.py)?;
            self.read(index, &value)?;
        }
        Ok(request)
    }

    fn dict(&'py self, reads: usize) -> PyResult<Owned<'py>> {
        let request = self.dicts.make(&self.message, self.py)?;
        for index in 0..reads {
            let value = request.value_at(self.dicts.key(index, self.py), self.py)?;
            self.read(index, &value)?;
        }
        Ok(request)
    }

    /// Reads a value, and each field of the headers.
    fn read(&self, index: usize, value: &Object) -> PyResult<()> {
        black_box(value);
        if index != HEADERS {
            return Ok(());
        }
        let items = self.items.get(self.py).expect("made at the start");
        let items = value.attribute_by(items, self.py)?.call(&[], self.py)?;
        items.for_each(self.py, |field| {
            black_box(field.pair(self.py)?);
            Ok(())
        })
    }

    /// Fails unless both kinds say the same, as Python shows it.
    fn check(&'py self) -> PyResult<()> {
        let (native, dict) = (self.native(0)?, self.dict(0)?);
        for index in 0..=HEADERS {
            let key = self.dicts.key(index, self.py);
            let mut values = [
                native.attribute_by(key, self.py)?,
                dict.value_at(key, self.py)?,
            ];
            if index == HEADERS {
                values = values.map(|headers| {
                    let items = headers.call_method(c"items", &[], self.py);
                    let list = items.and_then(|items| called(c"sorted", &items, self.py));
                    list.unwrap_or(headers)
                });
            }
            let shown = values.map(|value| convert::text_of(&value, self.py));
            let [native, dict] = shown;
            assert_eq!(native?, dict?);
        }
        Ok(())
    }
}

/// What a built-in function makes of a value.
fn called<'py>(name: &CStr, value: &Object, py: Attached<'py>) -> PyResult<Owned<'py>> {
    let builtins = native_types::capi::call::import(c"builtins", py)?;
    builtins.call_method(name, &[value], py)
}

fn request(criterion: &mut Criterion, state: &State, py: Attached<'_>) -> PyResult<()> {
    for (fields, body_bytes) in SIZES {
        let sent = Sent::new(fields, body_bytes);
        let bed = Bed {
            py,
            state,
            message: Arc::new(sent.message),
            param_names: Arc::from([]),
            dicts: Dicts::new(py)?,
            items: RefSlot::holding(convert::new_interned(c"items", py)?),
        };
        bed.check()?;
        let parameter = format!("{fields}h {body_bytes}b");
        for (name, reads) in READS {
            let mut group = criterion.benchmark_group(format!("request {name}"));
            group.throughput(Throughput::Elements(1));
            group.bench_function(BenchmarkId::new("native", &parameter), |bencher| {
                bencher.iter(|| drop(bed.native(reads).expect("memory")));
            });
            group.bench_function(BenchmarkId::new("dict", &parameter), |bencher| {
                bencher.iter(|| drop(bed.dict(reads).expect("memory")));
            });
            group.finish();
        }
        let mut group = criterion.benchmark_group("request copying");
        group.throughput(Throughput::Bytes(sent.bytes.len() as u64));
        assert_eq!(sent.bytes.to_vec(), sent.bytes);
        group.bench_function(BenchmarkId::new("copy", &parameter), |bencher| {
            bencher.iter(|| black_box(&sent.bytes).to_vec());
        });
        group.finish();
    }
    Ok(())
}

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(30)
        .configure_from_args();
    Embedded::start().with(|py, state| request(&mut criterion, state, py));
    criterion.final_summary();
}
