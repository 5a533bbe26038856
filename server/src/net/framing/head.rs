//! What a head says of the length of its body (RFC 9112 section 6.3).

use super::Wrong;
use super::line::{Bad, Line, is_token_byte};

/// What the fields of one head have said so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Head {
    content_length: Option<u64>,
    is_chunked: bool,
    /// Whether another coding stands before `chunked`, or before what should be that.
    has_unknown_coding: bool,
    /// Whether another protocol is asked for, whichever.
    has_upgrade: bool,
}

/// Where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// After so many bytes.
    Known(u64),
    /// With its last chunk.
    Chunked,
    /// There is none, and what follows the head is HTTP only if the answer does not change the protocol.
    Upgrade,
}

impl Head {
    /// Takes in a field.
    ///
    /// # Errors
    ///
    /// A length that is repeated or is no number, codings that are no list of words or go on behind `chunked`.
    pub(super) fn field(&mut self, line: &Line<'_>) -> Result<(), Bad> {
        // Nearly all fields are told apart by their first letter.
        match line.first() {
            Some(b'c' | b'C') => match value(line, b"content-length") {
                Some(length) => self.content_length(length, line.is_long),
                None => Ok(()),
            },
            Some(b't' | b'T') => match value(line, b"transfer-encoding") {
                Some(coding) => self.transfer_encoding(coding, line.is_long),
                None => Ok(()),
            },
            Some(b'u' | b'U') => {
                self.has_upgrade |= value(line, b"upgrade").is_some();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Decimal digits, once. A list of equal lengths may be taken for one (section 6.3 rule 5), and is not here.
    fn content_length(&mut self, value: &[u8], is_long: bool) -> Result<(), Bad> {
        let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
        if is_long || !is_number || self.content_length.is_some() {
            return Err(Bad::Malformed);
        }
        let length = std::str::from_utf8(value).ok();
        let length = length.and_then(|digits| digits.parse().ok());
        self.content_length = Some(length.ok_or(Bad::Malformed)?);
        Ok(())
    }

    /// `chunked` is the last one, and once (section 6.1). Parameters are no coding's that anybody uses.
    fn transfer_encoding(&mut self, value: &[u8], is_long: bool) -> Result<(), Bad> {
        for coding in value.split(|byte| *byte == b',') {
            let coding = coding.trim_ascii();
            let is_word = !coding.is_empty() && coding.iter().all(|byte| is_token_byte(*byte));
            if is_long || self.is_chunked || !is_word {
                return Err(Bad::Malformed);
            }
            self.is_chunked = coding.eq_ignore_ascii_case(b"chunked");
            self.has_unknown_coding |= !self.is_chunked;
        }
        Ok(())
    }

    /// Where the body ends.
    ///
    /// # Errors
    ///
    /// Both ways of saying so at once (section 6.1); codings whose last is not `chunked`, so that nobody can tell (section
    /// 6.3 rule 4); and others before it, which the server does not know (section 6.1).
    pub(super) fn length(self) -> Result<Length, Bad> {
        match (self.content_length, self.is_chunked) {
            (Some(_), true) => Err(Bad::Malformed),
            (None, true) if self.has_unknown_coding => Err(Bad::UnknownCoding),
            (None, true) => Ok(Length::Chunked),
            (_, false) if self.has_unknown_coding => Err(Bad::Malformed),
            (None | Some(0), false) if self.has_upgrade => Ok(Length::Upgrade),
            (length, false) => Ok(Length::Known(length.unwrap_or(0))),
        }
    }
}

/// The value of the field, if that is its name.
fn value<'a>(line: &'a Line<'_>, name: &[u8]) -> Option<&'a [u8]> {
    let (found, rest) = line.split_at_checked(name.len())?;
    let value = rest.strip_prefix(b":")?;
    found.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
}

/// A fragment has no place in a target (section 3.2); hyper would drop it.
///
/// # Errors
///
/// `#` in what has come of the request line.
pub(super) fn check_target(bytes: &[u8]) -> Result<(), Wrong> {
    let line = memchr::memchr(b'\n', bytes).map_or(bytes, |end| &bytes[..end]);
    memchr::memchr(b'#', line).map_or(Ok(()), |at| Err(Wrong(at)))
}
