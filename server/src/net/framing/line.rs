//! Lines that end with CR LF, although a piece may end anywhere.

use std::ops::Deref;

use http::StatusCode;
use smallvec::SmallVec;

use super::Wrong;

/// So much of a line is kept when a piece ends within it, CR included: more than anybody needs to say how long a body is.
const KEPT_MAX: usize = 256;

/// So much of it is kept without memory of its own: the beginning of most lines.
const KEPT_HERE: usize = 64;

/// A line that means nothing here, or something that it may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    /// It is malformed, or two readers may understand it otherwise: 400.
    Malformed,
    /// It is well formed, and names a transfer coding that the server does not have: 501.
    UnknownCoding,
}

impl Bad {
    /// The answer to it.
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::UnknownCoding => StatusCode::NOT_IMPLEMENTED,
        }
    }
}

/// Finds the ends of lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The beginning of a line whose end has not come.
    kept: SmallVec<[u8; KEPT_HERE]>,
    /// Whether the line was longer than what is kept of it.
    is_cut: bool,
    /// Whether the byte before the next one is CR.
    has_cr: bool,
}

/// A line without its end; of a long one that came in pieces, the beginning.
#[derive(Debug)]
pub(super) struct Line<'a> {
    bytes: &'a [u8],
    /// Whether it is longer than what is kept of a line, and so may not be all here. In the same way however it came: what a
    /// line means must not hang on how it was cut.
    pub(super) is_long: bool,
}

impl Deref for Line<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes
    }
}

impl Lines {
    /// The line that ends first in `bytes`, and how many of them are its own; `None` if none ends.
    /// [`Self::clear`] must follow.
    ///
    /// # Errors
    ///
    /// A line end without CR (RFC 9112 section 2.2 lets a recipient take it; not all do).
    pub(super) fn next<'a>(
        &'a mut self,
        bytes: &'a [u8],
    ) -> Result<Option<(Line<'a>, usize)>, Wrong> {
        let Some(end) = memchr::memchr(b'\n', bytes) else {
            self.keep(bytes);
            return Ok(None);
        };
        let has_cr = match end.checked_sub(1) {
            Some(before) => bytes[before] == b'\r',
            None => self.has_cr,
        };
        if !has_cr {
            return Err(Wrong(end));
        }
        if self.kept.is_empty() && !self.is_cut {
            // A CR alone in the piece before is the one that belongs to this LF.
            let bytes = &bytes[..end.saturating_sub(1)];
            let is_long = bytes.len() >= KEPT_MAX;
            return Ok(Some((Line { bytes, is_long }, end + 1)));
        }
        self.keep(&bytes[..end]);
        let (kept, is_cut) = (self.kept.as_slice(), self.is_cut);
        let bytes = if is_cut {
            kept
        } else {
            &kept[..kept.len() - 1]
        };
        let is_long = is_cut;
        Ok(Some((Line { bytes, is_long }, end + 1)))
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = KEPT_MAX - self.kept.len();
        self.is_cut |= bytes.len() > room;
        self.kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if let Some(last) = bytes.last() {
            self.has_cr = *last == b'\r';
        }
    }

    /// Whether the beginning of a line whose end has not come has that byte.
    pub(super) fn has_kept(&self, byte: u8) -> bool {
        self.kept.contains(&byte)
    }

    /// Forgets the line that was given.
    pub(super) fn clear(&mut self) {
        self.kept.clear();
        self.is_cut = false;
        self.has_cr = false;
    }
}

/// Whether a byte may stand in a word (RFC 9110 section 5.6.2).
pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
