//! Direct conversions between Rust values and Python objects.
#![expect(unsafe_code, reason = "makes and reads Python objects")]

use std::ffi::{CStr, CString, OsStr, c_int};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::ptr::null_mut;
use std::slice;

use pyo3_ffi as ffi;

use super::{Attached, Object, Owned, PyResult, Raised};

/// A length as the C API takes it.
fn length(bytes: usize) -> ffi::Py_ssize_t {
    ffi::Py_ssize_t::try_from(bytes).expect("a slice has at most isize::MAX bytes")
}

/// `str` of UTF-8.
#[inline]
pub fn new_str<'py>(text: &str, py: Attached<'py>) -> PyResult<Owned<'py>> {
    new_str_of_utf8(text.as_bytes(), py)
}

/// `str` of bytes that are to be UTF-8.
///
/// # Errors
///
/// `UnicodeDecodeError` for other bytes.
#[inline]
pub fn new_str_of_utf8<'py>(text: &[u8], py: Attached<'py>) -> PyResult<Owned<'py>> {
    // CPython keeps the strings of no and of one character.
    if text.len() > 1 && text.is_ascii() {
        return new_ascii(text, py);
    }
    // SAFETY: pointer and length of a slice; the text is copied.
    let made =
        unsafe { ffi::PyUnicode_FromStringAndSize(text.as_ptr().cast(), length(text.len())) };
    // SAFETY: a new reference, or NULL with an exception set.
    unsafe { Owned::steal_or_raise(made, py) }
}

/// `str` of two and more ASCII characters, without decoding.
#[inline]
fn new_ascii<'py>(text: &[u8], py: Attached<'py>) -> PyResult<Owned<'py>> {
    // SAFETY: attached (the token); 127 is the highest character.
    let made = unsafe { ffi::PyUnicode_New(length(text.len()), 127) };
    // SAFETY: a new reference, or NULL with an exception set.
    let made = unsafe { Owned::steal_or_raise(made, py) }?;
    // SAFETY: a string of one byte for each character.
    let place = unsafe { ffi::PyUnicode_DATA(made.as_ptr()) }.cast::<u8>();
    // SAFETY: room for so many bytes, in a string that nobody else has seen.
    unsafe { place.copy_from_nonoverlapping(text.as_ptr(), text.len()) };
    Ok(made)
}

/// `str` of ISO-8859-1, one character for each byte: how HTTP header values are read (RFC 9110 section 5.5).
pub fn new_latin1<'py>(text: &[u8], py: Attached<'py>) -> PyResult<Owned<'py>> {
    // SAFETY: pointer and length of a slice; the text is copied.
    let made = unsafe {
        ffi::PyUnicode_DecodeLatin1(text.as_ptr().cast(), length(text.len()), std::ptr::null())
    };
    // SAFETY: a new reference, or NULL with an exception set.
    unsafe { Owned::steal_or_raise(made, py) }
}

/// An interned `str`, for names that live as long as the interpreter. Never for what a client sends.
pub fn new_interned<'py>(text: &CStr, py: Attached<'py>) -> PyResult<Owned<'py>> {
    // SAFETY: NUL-terminated; copied.
    let made = unsafe { ffi::PyUnicode_InternFromString(text.as_ptr()) };
    // SAFETY: a new reference, or NULL with an exception set.
    unsafe { Owned::steal_or_raise(made, py) }
}

/// `str` of bytes in any encoding that Python knows, as `bytes.decode(encoding, "strict")`.
pub fn decode<'py>(bytes: &[u8], encoding: &CStr, py: Attached<'py>) -> PyResult<Owned<'py>> {
    // SAFETY: pointer and length of a slice, NUL-terminated names; the text is copied.
    let made = unsafe {
        ffi::PyUnicode_Decode(
            bytes.as_ptr().cast(),
            length(bytes.len()),
            encoding.as_ptr(),
            c"strict".as_ptr(),
        )
    };
    // SAFETY: a new reference, or NULL with an exception set.
    unsafe { Owned::steal_or_raise(made, py) }
}

/// `bytes` of a `str` in any encoding that Python knows, as `str.encode(encoding, errors)`.
pub fn encode<'py>(
    string: &Object,
    encoding: &CStr,
    errors: &CStr,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    // SAFETY: alive, NUL-terminated names; another type than `str` raises.
    let made = unsafe {
        ffi::PyUnicode_AsEncodedString(string.as_ptr(), encoding.as_ptr(), errors.as_ptr())
    };
    // SAFETY: a new reference, or NULL with an exception set.
    unsafe { Owned::steal_or_raise(made, py) }
}

/// `bytes`.
pub fn new_bytes<'py>(bytes: &[u8], py: Attached<'py>) -> PyResult<Owned<'py>> {
    // SAFETY: pointer and length of a slice; copied.
    let made =
        unsafe { ffi::PyBytes_FromStringAndSize(bytes.as_ptr().cast(), length(bytes.len())) };
    // SAFETY: a new reference, or NULL with an exception set.
    unsafe { Owned::steal_or_raise(made, py) }
}

/// `bytes`, copied while this thread is detached: for many of them, so that other threads run meanwhile.
pub fn new_bytes_detached<'py>(bytes: &[u8], py: Attached<'py>) -> PyResult<Owned<'py>> {
    // SAFETY: without a text to copy, the object is made with its contents still to be written.
    let made = unsafe { ffi::PyBytes_FromStringAndSize(std::ptr::null(), length(bytes.len())) };
    // SAFETY: a new reference, or NULL with an exception set.
    let made = unsafe { Owned::steal_or_raise(made, py) }?;
    // SAFETY: a `bytes` object.
    let place = unsafe { ffi::PyBytes_AsString(made.as_ptr()) };
    // SAFETY: that many bytes are to be written there. No other thread knows the object, unless it is the one empty
    // `bytes` of the interpreter, into which nothing is written.
    let place = unsafe { slice::from_raw_parts_mut(place.cast::<MaybeUninit<u8>>(), bytes.len()) };
    py.detached(|| place.write_copy_of_slice(bytes));
    Ok(made)
}

/// `int` of 64 bits.
pub fn new_int(number: i64, py: Attached<'_>) -> PyResult<Owned<'_>> {
    // SAFETY: attached (the token).
    let made = unsafe { ffi::PyLong_FromLongLong(number) };
    // SAFETY: a new reference, or NULL with an exception set.
    unsafe { Owned::steal_or_raise(made, py) }
}

/// `int` of 64 bits without a sign.
pub fn new_u64(number: u64, py: Attached<'_>) -> PyResult<Owned<'_>> {
    // SAFETY: attached (the token).
    let made = unsafe { ffi::PyLong_FromUnsignedLongLong(number) };
    // SAFETY: a new reference, or NULL with an exception set.
    unsafe { Owned::steal_or_raise(made, py) }
}

/// `int` of any size, from decimal digits with an optional sign.
///
/// # Errors
///
/// `ValueError` for other text, and for more digits than `sys.set_int_max_str_digits` allows.
pub fn new_big_int<'py>(digits: &str, py: Attached<'py>) -> PyResult<Owned<'py>> {
    if let Ok(number) = digits.parse::<i64>() {
        return new_int(number, py);
    }
    let Ok(digits) = CString::new(digits) else {
        return Err(Raised::value_error("a number can't hold NUL", py));
    };
    // SAFETY: NUL-terminated; the end is not asked for.
    let made = unsafe { ffi::PyLong_FromString(digits.as_ptr(), null_mut(), 10) };
    // SAFETY: a new reference, or NULL with an exception set.
    unsafe { Owned::steal_or_raise(made, py) }
}

/// `float`.
pub fn new_float(number: f64, py: Attached<'_>) -> PyResult<Owned<'_>> {
    // SAFETY: attached (the token).
    let made = unsafe { ffi::PyFloat_FromDouble(number) };
    // SAFETY: a new reference, or NULL with an exception set.
    unsafe { Owned::steal_or_raise(made, py) }
}

/// The UTF-8 text of a `str`, or `None` for another type.
///
/// # Errors
///
/// `UnicodeEncodeError` where the string holds a lone surrogate.
pub fn as_str<'a>(object: &'a Object, py: Attached<'_>) -> PyResult<Option<&'a str>> {
    // SAFETY: alive.
    if unsafe { ffi::PyUnicode_Check(object.as_ptr()) } == 0 {
        return Ok(None);
    }
    let mut bytes: ffi::Py_ssize_t = 0;
    // SAFETY: a `str`; its UTF-8 form is kept by the string itself.
    let text = unsafe { ffi::PyUnicode_AsUTF8AndSize(object.as_ptr(), &raw mut bytes) };
    if text.is_null() {
        return Err(Raised::already_set(py));
    }
    // SAFETY: that many bytes stand there for as long as the string lives.
    let bytes = unsafe { slice::from_raw_parts(text.cast::<u8>(), bytes.unsigned_abs()) };
    // SAFETY: CPython encodes to valid UTF-8 or raises.
    Ok(Some(unsafe { std::str::from_utf8_unchecked(bytes) }))
}

/// The text of a string, for messages: lone surrogates are shown as escapes.
pub fn text_of(object: &Object, py: Attached<'_>) -> PyResult<String> {
    let text = object.string(py)?;
    let bytes = encode(&text, c"utf-8", c"backslashreplace", py)?;
    Ok(String::from_utf8_lossy(as_bytes(&bytes, py).unwrap_or_default()).into_owned())
}

/// `repr(object)`.
pub fn repr_of(object: &Object, py: Attached<'_>) -> PyResult<String> {
    // SAFETY: alive.
    let text = unsafe { ffi::PyObject_Repr(object.as_ptr()) };
    // SAFETY: a new reference, or NULL with an exception set.
    let text = unsafe { Owned::steal_or_raise(text, py) }?;
    text_of(&text, py)
}

/// The contents of a `bytes` object, or `None` for another type.
pub fn as_bytes<'a>(object: &'a Object, _py: Attached<'_>) -> Option<&'a [u8]> {
    // SAFETY: alive.
    if unsafe { ffi::PyBytes_Check(object.as_ptr()) } == 0 {
        return None;
    }
    // SAFETY: a `bytes` object.
    let bytes = unsafe { ffi::PyBytes_AS_STRING(object.as_ptr()) };
    // SAFETY: as above.
    let count = unsafe { ffi::Py_SIZE(object.as_ptr()) };
    // SAFETY: that many bytes stand there, unchanging, for as long as the object lives.
    Some(unsafe { slice::from_raw_parts(bytes.cast::<u8>(), count.unsigned_abs()) })
}

/// A path in the file system: a `str`, `bytes` or `os.PathLike`, as `os.fsencode` takes them.
///
/// # Errors
///
/// `TypeError` for another type, `ValueError` for a path that holds NUL, and what `__fspath__` raises.
pub fn path_of(object: &Object, py: Attached<'_>) -> PyResult<PathBuf> {
    let mut encoded: *mut ffi::PyObject = null_mut();
    // SAFETY: alive; the converter puts a `bytes` object there, or fails.
    let is_converted =
        unsafe { ffi::PyUnicode_FSConverter(object.as_ptr(), (&raw mut encoded).cast()) } != 0;
    if !is_converted {
        return Err(Raised::already_set(py));
    }
    // SAFETY: a new reference, as the converter has succeeded.
    let encoded = unsafe { Owned::steal_or_raise(encoded, py) }?;
    let bytes = as_bytes(&encoded, py).unwrap_or_default();
    Ok(OsStr::from_bytes(bytes).into())
}

/// A copy of what an object with a contiguous buffer holds (`bytearray`, `memoryview`, `array`).
///
/// # Errors
///
/// `TypeError` where it has no buffer, `BufferError` where the buffer is not contiguous.
pub fn copy_buffer(object: &Object, py: Attached<'_>) -> PyResult<Vec<u8>> {
    let mut view = MaybeUninit::<ffi::Py_buffer>::zeroed();
    // SAFETY: alive; the view is filled by the call when it succeeds.
    let failed =
        unsafe { ffi::PyObject_GetBuffer(object.as_ptr(), view.as_mut_ptr(), ffi::PyBUF_SIMPLE) };
    if failed != 0 {
        return Err(Raised::already_set(py));
    }
    // SAFETY: all zeroes is a valid `Py_buffer`, and the call has filled it.
    let mut view = unsafe { view.assume_init() };
    let copy = if view.len == 0 {
        Vec::new()
    } else {
        // SAFETY: a simple buffer is `len` contiguous bytes, kept until it is released.
        unsafe { slice::from_raw_parts(view.buf.cast::<u8>(), view.len.unsigned_abs()) }.to_vec()
    };
    // SAFETY: filled by `PyObject_GetBuffer`, released once.
    unsafe { ffi::PyBuffer_Release(&raw mut view) };
    Ok(copy)
}

/// A number of 64 bits, or `None` for an `int` that does not fit.
///
/// # Errors
///
/// `TypeError` where the object is no integer.
pub fn as_i64(object: &Object, py: Attached<'_>) -> PyResult<Option<i64>> {
    let mut overflow: c_int = 0;
    // SAFETY: alive.
    let number = unsafe { ffi::PyLong_AsLongLongAndOverflow(object.as_ptr(), &raw mut overflow) };
    // SAFETY: attached (the token).
    if number == -1 && overflow == 0 && !unsafe { ffi::PyErr_Occurred() }.is_null() {
        return Err(Raised::already_set(py));
    }
    Ok((overflow == 0).then_some(number))
}

/// A number of 64 bits without a sign.
///
/// # Errors
///
/// `OverflowError` for an `int` that is negative or does not fit, `TypeError` where the object is no `int`.
pub fn as_u64(object: &Object, py: Attached<'_>) -> PyResult<u64> {
    // SAFETY: alive.
    let number = unsafe { ffi::PyLong_AsUnsignedLongLong(object.as_ptr()) };
    // SAFETY: attached (the token).
    if number == u64::MAX && !unsafe { ffi::PyErr_Occurred() }.is_null() {
        return Err(Raised::already_set(py));
    }
    Ok(number)
}

/// The value of a `float`.
///
/// # Errors
///
/// `TypeError` where the object is no number.
pub fn as_f64(object: &Object, py: Attached<'_>) -> PyResult<f64> {
    // SAFETY: alive.
    if unsafe { ffi::PyFloat_CheckExact(object.as_ptr()) } != 0 {
        // SAFETY: a `float`.
        return Ok(unsafe { ffi::PyFloat_AS_DOUBLE(object.as_ptr()) });
    }
    // SAFETY: alive.
    let number = unsafe { ffi::PyFloat_AsDouble(object.as_ptr()) };
    // SAFETY: attached (the token).
    if number.to_bits() == (-1.0_f64).to_bits() && !unsafe { ffi::PyErr_Occurred() }.is_null() {
        return Err(Raised::already_set(py));
    }
    Ok(number)
}

/// The decimal digits of an `int` of any size, by its value and not by a subclass's `__repr__`.
///
/// # Errors
///
/// `ValueError` for more digits than `sys.set_int_max_str_digits` allows.
pub fn int_digits(number: &Object, py: Attached<'_>) -> PyResult<String> {
    // SAFETY: alive; base 10 has no prefix.
    let digits = unsafe { ffi::PyNumber_ToBase(number.as_ptr(), 10) };
    // SAFETY: a new reference, or NULL with an exception set.
    let digits = unsafe { Owned::steal_or_raise(digits, py) }?;
    text_of(&digits, py)
}
