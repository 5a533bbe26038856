//! Where in the body the data of each part lie.
//!
//! The parser copies what it reads into a buffer of its own. It decides what is a part; this finds the same bytes in the
//! body, so that they need not be kept twice.

use bytes::Bytes;
use memchr::memmem;

/// A place in a multipart body that follows the parser from part to part.
#[derive(Debug)]
pub(super) struct Locator<'a> {
    body: &'a Bytes,
    /// What stands between parts but for the first: a line end, two dashes and the boundary (RFC 2046 section 5.1.1).
    delimiter: Vec<u8>,
    at: usize,
}

impl<'a> Locator<'a> {
    /// A place behind the first boundary; `None` where there is none.
    pub(super) fn new(body: &'a Bytes, boundary: &str) -> Option<Self> {
        let delimiter = format!("\r\n--{boundary}").into_bytes();
        let at = if body.starts_with(&delimiter[2..]) {
            delimiter.len() - 2
        } else {
            memmem::find(body, &delimiter)? + delimiter.len()
        };
        Some(Self {
            body,
            delimiter,
            at,
        })
    }

    /// Goes from behind a boundary over the header of its part.
    pub(super) fn skip_header(&mut self) {
        let rest = &self.body[self.at..];
        let padding = rest
            .iter()
            .position(|byte| !matches!(byte, b' ' | b'\t'))
            .unwrap_or_default();
        let line = padding + b"\r\n".len();
        let header = memmem::find(&rest[line..], b"\r\n\r\n").expect("the parser has found it");
        self.at += line + header + b"\r\n\r\n".len();
    }

    /// Goes over a part's data, given in the pieces that the parser gives.
    ///
    /// # Errors
    ///
    /// What collecting the pieces gives.
    ///
    /// # Panics
    ///
    /// Where the bytes here are others than the parser's: a bug.
    pub(super) fn take_data<E>(
        &mut self,
        mut piece: impl FnMut() -> Result<Option<Bytes>, E>,
    ) -> Result<Bytes, E> {
        let begin = self.at;
        while let Some(piece) = piece()? {
            let end = self.at + piece.len();
            assert!(
                self.body.get(self.at..end) == Some(&piece[..]),
                "a part's data lie behind its header"
            );
            self.at = end;
        }
        let data = self.body.slice(begin..self.at);
        self.at += self.delimiter.len();
        Ok(data)
    }
}
