//! Heads that come in pieces, byte for byte (RFC 9112 sections 3 and 5).
//!
//! hyper reads the beginning of a head when it comes, and then waits for the end. What is wrong in a later piece is found here, so that
//! who sends it is answered at once, and not given up after the time that a head may take. Nothing is refused that hyper takes.

use super::Wrong;
use super::line::is_token_byte;

/// What stands at the end of a request line, up to the minor version's digit.
const VERSION: &[u8] = b"HTTP/1.";

/// How far a head has come that is not whole yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Letter {
    /// A request line, or an empty line before it.
    LineStart,
    /// The LF of an empty line before it.
    EmptyEnd,
    Method,
    TargetStart,
    Target,
    /// So many bytes of [`VERSION`] have come.
    Version(usize),
    VersionEnd,
    /// A field, or the end of the head.
    FieldStart,
    Name,
    Value,
    /// The LF that ends a line.
    End,
}

impl Letter {
    /// Follows bytes of a head, and makes a newer minor version the newest that hyper knows: a recipient of a higher one treats the
    /// message as if it were of the highest that it has (RFC 9110 section 2.5).
    ///
    /// # Errors
    ///
    /// The first byte that no head has there.
    pub(super) fn follow(&mut self, bytes: &mut [u8]) -> Result<(), Wrong> {
        for (at, byte) in bytes.iter_mut().enumerate() {
            if *self == Self::Version(VERSION.len()) && is_newer(*byte) {
                *byte = NEWEST;
            }
            *self = self.after(*byte).ok_or(Wrong(at))?;
        }
        Ok(())
    }

    fn after(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::LineStart, b'\r') => Self::EmptyEnd,
            (Self::EmptyEnd, b'\n') => Self::LineStart,
            (Self::LineStart | Self::Method, _) if is_token_byte(byte) => Self::Method,
            (Self::Method, b' ') => Self::TargetStart,
            (Self::TargetStart | Self::Target, _) if is_graphic(byte) => Self::Target,
            (Self::Target, b' ') => Self::Version(0),
            (Self::Version(count), b'0' | b'1') if count == VERSION.len() => Self::VersionEnd,
            (Self::Version(count), _) if VERSION.get(count) == Some(&byte) => {
                Self::Version(count + 1)
            }
            (Self::VersionEnd | Self::FieldStart | Self::Value, b'\r') => Self::End,
            (Self::End, b'\n') => Self::FieldStart,
            (Self::FieldStart | Self::Name, _) if is_token_byte(byte) => Self::Name,
            (Self::Name, b':') | (Self::Value, b' ' | b'\t') => Self::Value,
            (Self::Value, _) if is_graphic(byte) => Self::Value,
            _ => return None,
        })
    }
}

/// The newest minor version that there is.
pub(super) const NEWEST: u8 = b'1';

fn is_newer(minor: u8) -> bool {
    matches!(minor, b'2'..=b'9')
}

/// Whether a request line ends with a newer minor version than there is.
pub(super) fn has_newer_version(line: &[u8]) -> bool {
    let Some((minor, before)) = line.split_last() else {
        return false;
    };
    is_newer(*minor) && before.ends_with(VERSION) && before.ends_with(b" HTTP/1.")
}

/// What may stand in targets and values: no control character, no space; bytes above 127 are hyper's to judge.
fn is_graphic(byte: u8) -> bool {
    byte.is_ascii_graphic() || !byte.is_ascii()
}
