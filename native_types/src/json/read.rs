//! Reading JSON: the walk tells what stands next in the text, the C API makes the objects.

use std::sync::TryLockError;

use super::failure::Failure;
use super::walk::{Number, Walk};
use super::{DEPTH_MAX, Keys};
use crate::capi::exception::Builtin;
use crate::capi::{Attached, Owned, builtin, convert};
use crate::state::State;

/// From how many bytes on a document has keys often enough to make a table for it alone, without a GIL.
const OWN_KEYS_BYTES: usize = 4096;

/// The object that the document `text` describes.
pub(crate) fn loads<'py>(
    text: &[u8],
    state: &State,
    py: Attached<'py>,
) -> Result<Owned<'py>, Failure> {
    let read = |keys: &mut Keys| Reader::new(text, keys, py).document();
    // Without a GIL, threads that share strings contend for their reference counts: each document keeps its own.
    if cfg!(Py_GIL_DISABLED) {
        let pays = text.len() >= OWN_KEYS_BYTES;
        return read(&mut if pays { Keys::default() } else { Keys::none() });
    }
    match state.json_keys.try_lock() {
        Ok(mut kept) => read(&mut kept),
        Err(TryLockError::Poisoned(mut kept)) => read(kept.get_mut()),
        // Making an object may run a finaliser, which reads a document too.
        Err(TryLockError::WouldBlock) => read(&mut Keys::none()),
    }
}

/// A document that is being read.
struct Reader<'text, 'keys, 'py> {
    walk: Walk<'text>,
    /// The items of all arrays that are being read, the innermost's last.
    items: Vec<Owned<'py>>,
    keys: &'keys mut Keys,
    py: Attached<'py>,
}

impl<'text, 'keys, 'py> Reader<'text, 'keys, 'py> {
    fn new(text: &'text [u8], keys: &'keys mut Keys, py: Attached<'py>) -> Self {
        Self {
            walk: Walk::new(text),
            items: Vec::new(),
            keys,
            py,
        }
    }

    fn document(&mut self) -> Result<Owned<'py>, Failure> {
        let value = self.value(0)?;
        if self.walk.peek().is_some() {
            return Err(self.walk.failure("trailing characters", 0));
        }
        Ok(value)
    }

    /// The value that is next, inside `depth` others.
    fn value(&mut self, depth: usize) -> Result<Owned<'py>, Failure> {
        let py = self.py;
        match self.walk.peek() {
            Some(b'"') => Ok(self.walk.string(|string| convert::new_str(string, py))??),
            Some(b'{' | b'[') if depth > DEPTH_MAX => {
                let why = format!("nested deeper than {DEPTH_MAX} levels");
                Err(self.walk.failure(&why, 0))
            }
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'n') => self.walk.word("null").map(|()| builtin::none(py)),
            Some(b't') => self.walk.word("true").map(|()| builtin::new_bool(true, py)),
            Some(b'f') => self
                .walk
                .word("false")
                .map(|()| builtin::new_bool(false, py)),
            Some(first) => self.number(first),
            None => Err(self
                .walk
                .failure("the text ends where a value is expected", 0)),
        }
    }

    fn number(&mut self, first: u8) -> Result<Owned<'py>, Failure> {
        let py = self.py;
        let digits = match self.walk.number(first)? {
            Number::Int(number) => return Ok(convert::new_int(number, py)?),
            Number::Float(number) => return Ok(convert::new_float(number, py)?),
            Number::Long(digits) => digits,
        };
        match convert::new_big_int(digits, py) {
            Ok(made) => Ok(made),
            // More digits than Python converts: the client's fault, as other text that can't be read.
            Err(raised) if raised.is(Builtin::ValueError) => {
                raised.clear(py);
                Err(self
                    .walk
                    .failure("a number with too many digits", digits.len()))
            }
            Err(raised) => Err(raised.into()),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Owned<'py>, Failure> {
        let first = self.items.len();
        self.walk.pass();
        if !self.walk.pass_if(b']') {
            loop {
                let item = self.value(depth + 1)?;
                self.items.push(item);
                if !self.goes_on(b']')? {
                    break;
                }
            }
        }
        Ok(builtin::new_list_of(self.items.drain(first..), self.py)?)
    }

    fn object(&mut self, depth: usize) -> Result<Owned<'py>, Failure> {
        let py = self.py;
        let dict = builtin::new_dict(py)?;
        self.walk.pass();
        if self.walk.pass_if(b'}') {
            return Ok(dict);
        }
        loop {
            if self.walk.peek() != Some(b'"') {
                return Err(self.walk.failure("expected a key in double quotes", 0));
            }
            let keys = &mut *self.keys;
            let key = self.walk.string(|key| keys.string(key, py))??;
            if !self.walk.pass_if(b':') {
                return Err(self.walk.failure("expected `:`", 0));
            }
            let value = self.value(depth + 1)?;
            builtin::set_item(&dict, &key, &value, py)?;
            if !self.goes_on(b'}')? {
                return Ok(dict);
            }
        }
    }

    /// Goes past a comma, or past `end` and then answers `false`.
    #[inline]
    fn goes_on(&mut self, end: u8) -> Result<bool, Failure> {
        match self.walk.peek() {
            Some(b',') => {
                self.walk.pass();
                Ok(true)
            }
            Some(byte) if byte == end => {
                self.walk.pass();
                Ok(false)
            }
            Some(_) => {
                let why = format!("expected `,` or `{}`", char::from(end));
                Err(self.walk.failure(&why, 0))
            }
            None => Err(self
                .walk
                .failure("the text ends inside an array or object", 0)),
        }
    }
}
