//! `multipart/form-data` (RFC 7578), over a body that is there as a whole.

use bytes::Bytes;
use memchr::memmem::{self, Finder};

use super::disposition::Disposition;
use super::header::PartHeader;
use super::{FIELD_BYTES_MAX, Limits, PART_HEADER_BYTES_MAX, Part, Refusal};
use crate::parameters::parameters;

/// The longest boundary (RFC 2046 section 5.1.1).
const BOUNDARY_BYTES_MAX: usize = 70;

/// The parts of `body`, in order.
///
/// # Errors
///
/// [`Refusal`] for a body that is broken or has no end, a content type without boundary, and beyond a limit.
pub(super) fn parse(
    body: &Bytes,
    content_type: &str,
    limits: &Limits,
) -> Result<Vec<Part>, Refusal> {
    let boundary = boundary(content_type)?;
    let delimiter = format!("\r\n--{boundary}");
    let mut reader = Reader::new(body, delimiter.as_bytes())?;
    let mut parts: Vec<Part> = Vec::new();
    while reader.goes_on()? {
        let header = reader.header()?;
        let disposition = reader.disposition(&header, limits)?;
        parts.push(Part {
            data: reader.data(disposition.filename.is_some())?,
            name: disposition.name,
            filename: disposition.filename,
            content_type: header.content_type,
        });
    }
    Ok(parts)
}

/// The first `boundary` of `content_type`, with or without quotes (RFC 9110 section 5.6.6).
fn boundary(content_type: &str) -> Result<&str, Refusal> {
    let found = parameters(content_type).skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_boundary = name.trim().eq_ignore_ascii_case("boundary");
        is_boundary.then(|| value.trim_matches([' ', '\t']))
    });
    let what = match found {
        None => "names no boundary",
        Some(value) => {
            let inner = value
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'));
            let boundary = inner.unwrap_or(value);
            if is_allowed(boundary) {
                return Ok(boundary);
            }
            "names a boundary that is not allowed"
        }
    };
    Err(Refusal::broken(format!("its Content-Type {what}")))
}

/// Whether it can be told from what surrounds it. Clients use other characters than the few of RFC 2046 section 5.1.1.
fn is_allowed(boundary: &str) -> bool {
    let is_text = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"';
    (1..=BOUNDARY_BYTES_MAX).contains(&boundary.len())
        && boundary.bytes().all(is_text)
        && !boundary.ends_with(' ')
}

/// A place in the body that goes from part to part.
struct Reader<'a> {
    body: &'a Bytes,
    /// What stands between parts but for the first: a line end, two dashes and the boundary (RFC 2046 section 5.1.1).
    delimiter: Finder<'a>,
    at: usize,
    /// The number of the part that is read, from 1.
    number: usize,
    fields: usize,
    files: usize,
}

impl<'a> Reader<'a> {
    /// A place behind the first boundary.
    fn new(body: &'a Bytes, delimiter: &'a [u8]) -> Result<Self, Refusal> {
        let delimiter = Finder::new(delimiter);
        let first = &delimiter.needle()[b"\r\n".len()..];
        let at = if body.starts_with(first) {
            Some(first.len())
        } else {
            let begin = delimiter.find(body);
            begin.map(|begin| begin + delimiter.needle().len())
        };
        let why = "the boundary that Content-Type names is not in the body";
        Ok(Self {
            at: at.ok_or_else(|| Refusal::broken(why))?,
            body,
            delimiter,
            number: 0,
            fields: 0,
            files: 0,
        })
    }

    /// Goes from behind a boundary to its part, over the white space that may follow; `false` behind the last boundary.
    fn goes_on(&mut self) -> Result<bool, Refusal> {
        self.number += 1;
        let rest = &self.body[self.at..];
        let (is_last, rest) = match rest.strip_prefix(b"--") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let rest = match rest.iter().position(|byte| !matches!(byte, b' ' | b'\t')) {
            Some(padding) => &rest[padding..],
            None => &[],
        };
        if is_last && (rest.is_empty() || rest.starts_with(b"\r\n")) {
            return Ok(false);
        }
        if is_last || !rest.starts_with(b"\r\n") {
            return Err(self.broken("the boundary before or after", "is malformed"));
        }
        self.at = self.body.len() - rest.len() + b"\r\n".len();
        Ok(true)
    }

    /// The part's header; goes to its data.
    fn header(&mut self) -> Result<PartHeader, Refusal> {
        let rest = &self.body[self.at..];
        let within = &rest[..rest.len().min(PART_HEADER_BYTES_MAX)];
        let length = if within.starts_with(b"\r\n") {
            b"\r\n".len()
        } else if let Some(end) = memmem::find(within, b"\r\n\r\n") {
            end + b"\r\n\r\n".len()
        } else if rest.len() > PART_HEADER_BYTES_MAX {
            return Err(Refusal::too_large(format!(
                "the header of part {} is longer than {PART_HEADER_BYTES_MAX} bytes",
                self.number
            )));
        } else {
            return Err(self.broken("the header of", "does not end"));
        };
        let header = PartHeader::parse(&rest[..length])
            .map_err(|why| self.broken("the header of", &format!("is malformed: {why}")))?;
        self.at += length;
        Ok(header)
    }

    /// What a part's header says of it, if one more of its kind may come.
    fn disposition(
        &mut self,
        header: &PartHeader,
        limits: &Limits,
    ) -> Result<Disposition, Refusal> {
        let Some(value) = &header.disposition else {
            return Err(self.broken("", "has no Content-Disposition"));
        };
        let disposition = Disposition::parse(value)
            .map_err(|why| self.broken("the Content-Disposition of", why))?;
        if disposition.filename.is_some() {
            self.files += 1;
            limits.check_files(self.files)?;
        } else {
            self.fields += 1;
            limits.check_fields(self.fields)?;
        }
        Ok(disposition)
    }

    /// The data of a part, as a slice of the body; goes behind the boundary that follows.
    fn data(&mut self, is_file: bool) -> Result<Bytes, Refusal> {
        let length = self.delimiter.find(&self.body[self.at..]);
        let length = length.ok_or_else(|| self.broken("no boundary follows", ""))?;
        if length > FIELD_BYTES_MAX && !is_file {
            return Err(Refusal::field_too_long(format_args!(
                "part {}",
                self.number
            )));
        }
        let end = self.at + length;
        let data = self.body.slice(self.at..end);
        self.at = end + self.delimiter.needle().len();
        Ok(data)
    }

    /// Why a part can't be read: that the body has been cut off, wherever that may be the cause. The part's number comes
    /// between `what` and `why`.
    fn broken(&self, what: &str, why: &str) -> Refusal {
        let number = self.number;
        let end = [self.delimiter.needle(), b"--"].concat();
        if memmem::find(self.body, &end[b"\r\n".len()..]).is_none() {
            return Refusal::broken(format!(
                "it ends in part {number}, without its last boundary"
            ));
        }
        Refusal::broken(format!("{what} part {number} {why}").trim())
    }
}

#[cfg(test)]
mod tests;
