//! The header of one part of a multipart form: lines, and lines that go on in the next one.

use http::{HeaderName, HeaderValue, header};

/// What a part's header says, as far as it matters here. Of a field that is repeated the first counts.
#[derive(Debug, Default)]
pub(super) struct PartHeader {
    /// `Content-Disposition`, unfolded.
    pub(super) disposition: Option<Vec<u8>>,
    pub(super) content_type: Option<HeaderValue>,
}

impl PartHeader {
    /// Reads `block`, whose lines end with CR and LF; an empty line may stand at its end.
    ///
    /// A line that begins with white space belongs to the one before: mail libraries fold long lines so (RFC 5322 section
    /// 2.2.3). Control characters are let through in values, since browsers send those of file names as they are.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(super) fn parse(block: &[u8]) -> Result<Self, &'static str> {
        let mut read = Self::default();
        let mut field: Option<Vec<u8>> = None;
        for line in lines(block).filter(|line| !line.is_empty()) {
            if line.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
                return Err("it has a bare line end");
            }
            if line.starts_with(b" ") || line.starts_with(b"\t") {
                let begun = field.as_mut().ok_or("it begins with white space")?;
                begun.extend_from_slice(line);
            } else if let Some(whole) = field.replace(line.to_vec()) {
                read.take(&whole)?;
            }
        }
        if let Some(whole) = field {
            read.take(&whole)?;
        }
        Ok(read)
    }

    fn take(&mut self, field: &[u8]) -> Result<(), &'static str> {
        let colon = memchr::memchr(b':', field).ok_or("it has a line without a colon")?;
        let name = HeaderName::from_bytes(&field[..colon])
            .map_err(|_| "it has a field name that is not allowed")?;
        let value = field[colon + 1..].trim_ascii();
        if name == header::CONTENT_DISPOSITION {
            self.disposition.get_or_insert_with(|| value.to_vec());
        } else if name == header::CONTENT_TYPE && self.content_type.is_none() {
            let value = HeaderValue::from_bytes(value);
            self.content_type =
                Some(value.map_err(|_| "it has control characters in its Content-Type")?);
        }
        Ok(())
    }
}

/// What stands between the line ends of CR and LF.
fn lines(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(block);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = memchr::memmem::find(text, b"\r\n");
        rest = end.map(|end| &text[end + 2..]);
        Some(&text[..end.unwrap_or(text.len())])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_begin_with_white_space_belong_to_the_one_before() {
        let block = b"Content-Disposition: form-data;\r\n\tname=\"a\r\n b\"\r\nX: 1\r\nContent-Type:\r\n text/plain\r\n\r\n";
        let read = PartHeader::parse(block).unwrap();
        assert_eq!(
            read.disposition.unwrap().escape_ascii().to_string(),
            "form-data;\\tname=\\\"a b\\\""
        );
        assert_eq!(read.content_type.unwrap(), "text/plain");
    }

    #[test]
    fn the_first_of_a_repeated_field_counts() {
        let block = b"content-disposition: a\r\nCONTENT-DISPOSITION: b\r\nContent-Type: x/1\r\nContent-Type: x/2";
        let read = PartHeader::parse(block).unwrap();
        assert_eq!(read.disposition.unwrap(), b"a");
        assert_eq!(read.content_type.unwrap(), "x/1");
        assert!(PartHeader::parse(b"\r\n").unwrap().disposition.is_none());
    }

    #[test]
    fn what_is_no_header_is_refused() {
        for block in [
            &b"nonsense"[..],
            b" folded: first",
            b"Content Disposition: a",
            b"Content-Disposition : a",
            b": a",
            b"X: a\rb",
            b"X: a\nContent-Disposition: b",
            b"Content-Type: a\x01",
        ] {
            assert!(
                PartHeader::parse(block).is_err(),
                "{}",
                block.escape_ascii()
            );
        }
    }
}
