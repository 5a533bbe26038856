//! Writing JSON: straight from what the objects hold into one buffer; `itoa` and `zmij` find the digits of numbers.

use super::{DEPTH_MAX, float, string};
use crate::capi::builtin::Kind;
use crate::capi::exception::Builtin;
use crate::capi::{Attached, Object, PyResult, Raised, convert};
use crate::state::State;

/// What a buffer can hold at first: most answers.
const CAPACITY_BYTES: usize = 1024;

/// The JSON text of `value`, as UTF-8.
///
/// # Errors
///
/// `TypeError` for a type that JSON can't hold or a key that is no string, `ValueError` for NaN, an infinity or a lone
/// surrogate, `RecursionError` beyond [`DEPTH_MAX`] levels.
pub(crate) fn dumps(value: &Object, state: &State, py: Attached<'_>) -> PyResult<Vec<u8>> {
    let mut writer = Writer {
        out: Vec::with_capacity(CAPACITY_BYTES),
        state,
        py,
    };
    writer.value(value, 0)?;
    Ok(writer.out)
}

/// A document that is being written.
pub(super) struct Writer<'py> {
    pub(super) out: Vec<u8>,
    pub(super) state: &'py State,
    pub(super) py: Attached<'py>,
}

impl Writer<'_> {
    /// Writes one value, inside `depth` others.
    pub(super) fn value(&mut self, value: &Object, depth: usize) -> PyResult<()> {
        match value.kind(self.py) {
            Kind::Str => self.string_if_any(value).map(drop),
            Kind::Int => self.int(value),
            Kind::Float => self.float(value),
            Kind::None => self.word(b"null"),
            Kind::Bool if value.is_true(self.py) => self.word(b"true"),
            Kind::Bool => self.word(b"false"),
            _ if depth > DEPTH_MAX => self.too_deep(),
            Kind::Dict => self.dict(value, depth),
            Kind::List | Kind::Tuple => self.list(value, depth),
            Kind::Bytes | Kind::ByteArray | Kind::MemoryView | Kind::Other => {
                self.other(value, depth)
            }
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "one arm of many that can fail")]
    fn word(&mut self, word: &[u8]) -> PyResult<()> {
        self.out.extend_from_slice(word);
        Ok(())
    }

    #[cold]
    fn too_deep(&self) -> PyResult<()> {
        let message = format!("JSON nested deeper than {DEPTH_MAX} levels");
        Err(Raised::new(Builtin::RecursionError, &message, self.py))
    }

    /// Writes a string; `false` where the object is none, and nothing is written.
    #[inline]
    pub(super) fn string_if_any(&mut self, object: &Object) -> PyResult<bool> {
        let Some(text) = object.text(self.py)? else {
            return Ok(false);
        };
        match string::write(&mut self.out, text) {
            Ok(()) => Ok(true),
            Err(string::LoneSurrogate(half)) => {
                let message = format!("a string holds half a surrogate pair, U+{half:04X}");
                Err(Raised::value_error(&message, self.py))
            }
        }
    }

    fn int(&mut self, value: &Object) -> PyResult<()> {
        if let Some(number) = convert::as_i64(value, self.py)? {
            let mut digits = itoa::Buffer::new();
            self.out.extend_from_slice(digits.format(number).as_bytes());
            return Ok(());
        }
        // By its value and not by `str()`, which an enumeration of large integers defines anew.
        let digits = convert::int_digits(value, self.py)?;
        self.out.extend_from_slice(digits.as_bytes());
        Ok(())
    }

    fn float(&mut self, value: &Object) -> PyResult<()> {
        let number = convert::as_f64(value, self.py)?;
        if !number.is_finite() {
            let message = format!("{number} is not allowed in JSON");
            return Err(Raised::value_error(&message, self.py));
        }
        float::write(&mut self.out, number);
        Ok(())
    }

    fn list(&mut self, list: &Object, depth: usize) -> PyResult<()> {
        self.out.push(b'[');
        let mut is_first = true;
        list.for_each(self.py, |item| {
            if !is_first {
                self.out.push(b',');
            }
            is_first = false;
            self.value(item, depth + 1)
        })?;
        self.out.push(b']');
        Ok(())
    }

    fn dict(&mut self, dict: &Object, depth: usize) -> PyResult<()> {
        self.out.push(b'{');
        let mut is_first = true;
        dict.for_each_pair(self.py, |key, value| {
            self.key(key, &mut is_first)?;
            self.value(value, depth + 1)
        })?;
        self.out.push(b'}');
        Ok(())
    }

    /// Writes the name of a member, with the comma before it and the colon after it.
    #[inline]
    pub(super) fn key(&mut self, key: &Object, is_first: &mut bool) -> PyResult<()> {
        if !*is_first {
            self.out.push(b',');
        }
        *is_first = false;
        if !self.string_if_any(key)? {
            let message = format!("JSON keys must be str, not {}", key.type_name(self.py));
            return Err(Raised::type_error(&message, self.py));
        }
        self.out.push(b':');
        Ok(())
    }
}
