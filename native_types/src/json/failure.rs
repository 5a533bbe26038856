//! Why a document could not be read, and where.

use std::fmt;

use http::StatusCode;

use crate::capi::{Attached, Raised};
use crate::errors;
use crate::state::State;

/// Why a document could not be read.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The text is no JSON, or more than is read: the client's fault.
    Text(Box<Problem>),
    /// Making an object raised.
    Raised(Raised),
}

/// What is wrong in a text, and where: line and column count from 1.
#[derive(Debug)]
pub(crate) struct Problem {
    why: String,
    line: usize,
    column: usize,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { why, line, column } = self;
        write!(f, "{why} at line {line} column {column}")
    }
}

impl From<Raised> for Failure {
    fn from(raised: Raised) -> Self {
        Self::Raised(raised)
    }
}

impl Failure {
    /// Something wrong in `text` at the byte `index`.
    #[cold]
    pub(super) fn at(why: &str, text: &[u8], index: usize) -> Self {
        let (line, column) = position(text, index);
        Self::Text(Box::new(Problem {
            why: why.to_owned(),
            line,
            column,
        }))
    }

    /// `HTTPError(400)` for text that is no JSON.
    pub(crate) fn into_bad_request(self, state: &State, py: Attached<'_>) -> Raised {
        match self {
            Self::Raised(raised) => raised,
            Self::Text(why) => {
                let detail = format!("the body is not valid JSON: {why}");
                errors::raise(StatusCode::BAD_REQUEST, &detail, state, py)
            }
        }
    }

    /// `ValueError` for text that is no JSON.
    pub(super) fn into_value_error(self, py: Attached<'_>) -> Raised {
        match self {
            Self::Raised(raised) => raised,
            Self::Text(why) => Raised::value_error(&format!("not valid JSON: {why}"), py),
        }
    }
}

/// Line and column of the byte `index`, both from 1; columns count characters, as editors do.
fn position(text: &[u8], index: usize) -> (usize, usize) {
    let before = &text[..index.min(text.len())];
    let line_start = before
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |end| end + 1);
    let line = before.split(|&byte| byte == b'\n').count();
    let is_start = |byte: &&u8| **byte & 0xC0 != 0x80;
    let column = before[line_start..].iter().filter(is_start).count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::position;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let text = "{\n  \"é😀\": x\n}".as_bytes();
        let rows = [
            (0, (1, 1)),
            (1, (1, 2)),
            (2, (2, 1)),
            (4, (2, 3)),
            (14, (2, 9)),
            (16, (3, 1)),
            (99, (3, 2)),
        ];
        for (index, expected) in rows {
            assert_eq!(position(text, index), expected, "{index}");
        }
    }
}
