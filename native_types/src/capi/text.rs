//! The characters of a `str`, where they stand.
#![expect(unsafe_code, reason = "reads what strings hold")]

use std::slice;

use pyo3_ffi as ffi;

use super::{Attached, Object, PyResult};

/// The characters of a string, in the narrowest of three widths that holds them all (PEP 393).
#[derive(Clone, Copy, Debug)]
pub enum Text<'a> {
    /// Code points below 256, mostly ASCII.
    Latin1(&'a [u8]),
    /// Code points below 65,536; lone surrogates may be among them.
    Ucs2(&'a [u16]),
    /// Any code points; lone surrogates may be among them.
    Ucs4(&'a [u32]),
}

impl Object {
    /// The characters of a `str` or of an object of a subclass, or `None` for another type.
    ///
    /// Nothing is encoded, and nothing is kept in the string, as its UTF-8 form would be.
    ///
    /// # Errors
    ///
    /// `MemoryError`, before Python 3.12, for a string of an old kind.
    #[inline]
    pub fn text<'a>(&'a self, py: Attached<'a>) -> PyResult<Option<Text<'a>>> {
        let string = self.as_ptr();
        // SAFETY: alive.
        if unsafe { ffi::PyUnicode_Check(string) } == 0 {
            return Ok(None);
        }
        self.make_ready(py)?;
        // SAFETY: a string, made ready.
        let length = unsafe { ffi::PyUnicode_GET_LENGTH(string) }.unsigned_abs();
        // SAFETY: as above.
        let data = unsafe { ffi::PyUnicode_DATA(string) };
        // SAFETY: as above.
        let kind = unsafe { ffi::PyUnicode_KIND(string) };
        Ok(Some(match kind {
            ffi::PyUnicode_1BYTE_KIND => {
                // SAFETY: that many bytes stand there, unchanging, for as long as the string lives.
                Text::Latin1(unsafe { slice::from_raw_parts(data.cast(), length) })
            }
            ffi::PyUnicode_2BYTE_KIND => {
                // SAFETY: as above, units of two bytes, aligned.
                Text::Ucs2(unsafe { slice::from_raw_parts(data.cast(), length) })
            }
            // SAFETY: as above, units of four bytes, aligned: there is no other kind.
            _ => Text::Ucs4(unsafe { slice::from_raw_parts(data.cast(), length) }),
        }))
    }

    /// Lays out a string that was made by an interface that is no more since Python 3.12.
    #[cfg(not(Py_3_12))]
    fn make_ready(&self, py: Attached<'_>) -> PyResult<()> {
        // SAFETY: a string.
        super::builtin::done(unsafe { ffi::PyUnicode_READY(self.as_ptr()) }, py)
    }

    #[cfg(Py_3_12)]
    #[expect(clippy::unnecessary_wraps, reason = "as before Python 3.12")]
    #[expect(clippy::unused_self, reason = "as before Python 3.12")]
    const fn make_ready(&self, _py: Attached<'_>) -> PyResult<()> {
        Ok(())
    }
}
