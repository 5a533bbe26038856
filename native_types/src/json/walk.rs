//! The walk over a document: what stands next in the text.
//!
//! Its own are the short ways: structure, plain strings, the digits of integers. Floats, escapes, text beyond ASCII, and what
//! is wrong in them go to `jiter`.

use jiter::{Jiter, JiterResult, Peek};

use super::failure::Failure;
use super::plain::plain_length;

/// The most digits that surely fit into 64 bits with a sign.
const SHORT_DIGITS: usize = 18;

/// What a number is that no float comes near: it would be read as an infinity, which could not be written again.
const OUT_OF_RANGE: &str = "a number out of range";

/// A place in a text.
pub(super) struct Walk<'text> {
    text: &'text [u8],
    index: usize,
    /// Where `jiter` undoes escapes.
    tape: Vec<u8>,
}

/// A number of the text.
pub(super) enum Number<'text> {
    Int(i64),
    Float(f64),
    /// An integer that may have more than 64 bits: all its digits.
    Long(&'text str),
}

impl<'text> Walk<'text> {
    pub(super) fn new(text: &'text [u8]) -> Self {
        Self {
            text,
            index: 0,
            tape: Vec::new(),
        }
    }

    /// What is wrong at this place, or `back` bytes before.
    #[cold]
    pub(super) fn failure(&self, why: &str, back: usize) -> Failure {
        Failure::at(why, self.text, self.index - back)
    }

    /// The next byte that is no white space, at which the walk stops; `None` at the end.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.get(self.index)?;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.index += 1;
        }
    }

    /// Goes past the byte that [`Self::peek`] has told.
    #[inline]
    pub(super) fn pass(&mut self) {
        self.index += 1;
    }

    /// Goes past `byte` if it is next, after white space.
    #[inline]
    pub(super) fn pass_if(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.index += usize::from(is_next);
        is_next
    }

    /// Goes past `null`, `true` or `false`, of which the first letter is next.
    pub(super) fn word(&mut self, word: &str) -> Result<(), Failure> {
        if self.text[self.index..].starts_with(word.as_bytes()) {
            self.index += word.len();
            return Ok(());
        }
        let first = Peek::new(word.as_bytes()[0]);
        self.by_jiter(|jiter| match first {
            Peek::Null => jiter.known_null(),
            _ => jiter.known_bool(first).map(drop),
        })
    }

    /// Gives the string whose quote is next to `make`, and goes past it.
    #[inline]
    pub(super) fn string<R>(&mut self, make: impl FnOnce(&str) -> R) -> Result<R, Failure> {
        let rest = &self.text[self.index + 1..];
        let length = plain_length(rest);
        if rest.get(length) == Some(&b'"') {
            self.index += length + 2;
            let string = str::from_utf8(&rest[..length]).expect("plain bytes are ASCII");
            return Ok(make(string));
        }
        self.by_jiter(|jiter| jiter.known_str().map(make))
    }

    /// The number whose first byte is `first`, which is next. Other bytes are refused here.
    pub(super) fn number(&mut self, first: u8) -> Result<Number<'text>, Failure> {
        if let Some(integer) = self.integer(first) {
            return Ok(integer);
        }
        let start = self.index;
        match self.by_jiter(|jiter| jiter.known_float(Peek::new(first)))? {
            number if number.is_finite() => Ok(Number::Float(number)),
            _ => Err(Failure::at(OUT_OF_RANGE, self.text, start)),
        }
    }

    /// The integer that is next; `None` for what has more than digits, and for what is no number.
    #[inline]
    fn integer(&mut self, first: u8) -> Option<Number<'text>> {
        let start = self.index;
        let is_negative = first == b'-';
        let digits = &self.text[start + usize::from(is_negative)..];
        let mut number: i64 = 0;
        let mut length = 0;
        while let Some(digit @ b'0'..=b'9') = digits.get(length) {
            // Of no use any more after very many digits.
            number = number
                .wrapping_mul(10)
                .wrapping_add(i64::from(digit - b'0'));
            length += 1;
        }
        let has_more = matches!(digits.get(length), Some(b'.' | b'e' | b'E'));
        if has_more || length == 0 || (digits[0] == b'0' && length > 1) {
            return None;
        }
        self.index = start + usize::from(is_negative) + length;
        Some(if length > SHORT_DIGITS {
            let all = &self.text[start..self.index];
            Number::Long(str::from_utf8(all).expect("digits are ASCII"))
        } else {
            Number::Int(if is_negative { -number } else { number })
        })
    }

    /// Lets `jiter` go on from here, and goes on where it has stopped.
    fn by_jiter<R>(
        &mut self,
        step: impl FnOnce(&mut Jiter<'text>) -> JiterResult<R>,
    ) -> Result<R, Failure> {
        let tape = std::mem::take(&mut self.tape);
        let mut jiter = Jiter::with_tape(&self.text[self.index..], tape);
        let found = step(&mut jiter);
        let passed = jiter.current_index();
        self.tape = jiter.into_tape();
        let start = self.index;
        self.index += passed;
        found.map_err(|error| {
            let why = error.error_type.to_string();
            Failure::at(&why, self.text, start + error.index)
        })
    }
}
