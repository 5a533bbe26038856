//! `multipart/form-data` (RFC 7578), parsed by the crate `multra` over a body that is there as a whole.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_core::Stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use memchr::memmem;
use multra::{Constraints, Error, Field, Multipart, SizeLimit};

use super::disposition::Disposition;
use super::locate::Locator;
use super::{FIELD_BYTES_MAX, Limits, PART_HEADER_BYTES_MAX, Part, Refusal};

/// How many bytes of the body the parser is given at once: what it copies stays within the cache.
const PIECE_BYTES: usize = 64 << 10;

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
    let Some(mut locator) = Locator::new(body, &boundary) else {
        let why = "the boundary that Content-Type names is not in the body";
        return Err(Refusal::broken(why));
    };
    let sizes = SizeLimit::new().headers(PART_HEADER_BYTES_MAX as u64);
    let constraints = Constraints::new().size_limit(sizes);
    let pieces = Pieces { rest: body.clone() };
    let mut parser = Multipart::with_constraints(pieces, boundary.as_str(), constraints);
    let mut reader = Reader {
        body,
        boundary: &boundary,
        number: 0,
        fields: 0,
        files: 0,
    };
    let mut parts: Vec<Part> = Vec::new();
    while let Some(field) = reader.next(&mut parser)? {
        let disposition = reader.disposition(&field, limits)?;
        let content_type = field.headers().get(CONTENT_TYPE).cloned();
        locator.skip_header();
        let is_file = disposition.filename.is_some();
        parts.push(Part {
            data: reader.data(field, is_file, &mut locator)?,
            name: disposition.name,
            filename: disposition.filename,
            content_type,
        });
    }
    Ok(parts)
}

fn boundary(content_type: &str) -> Result<String, Refusal> {
    // Nothing may follow the last semicolon; the crate takes that for an error.
    let content_type = content_type.trim_end_matches([';', ' ', '\t']);
    multra::parse_boundary(content_type).map_err(|error| {
        let what = if matches!(error, Error::NoBoundary) {
            "names no boundary"
        } else if matches!(error, Error::InvalidBoundary { .. }) {
            "names a boundary that is not allowed"
        } else {
            "is malformed"
        };
        Refusal::broken(format!("its Content-Type {what}"))
    })
}

/// What is read, and how far.
struct Reader<'a> {
    body: &'a Bytes,
    boundary: &'a str,
    /// The number of the part that is read, from 1.
    number: usize,
    fields: usize,
    files: usize,
}

impl Reader<'_> {
    /// The next part; `None` behind the last.
    fn next<'r>(&mut self, parser: &mut Multipart<'r>) -> Result<Option<Field<'r>>, Refusal> {
        self.number += 1;
        self.ready(|context| parser.poll_next_field(context))
            .map_err(|error| self.refusal(&error))
    }

    /// What a part's header says of it, if one more of its kind may come.
    fn disposition(&mut self, field: &Field<'_>, limits: &Limits) -> Result<Disposition, Refusal> {
        let number = self.number;
        let Some(header) = field.headers().get(CONTENT_DISPOSITION) else {
            return Err(Refusal::broken(format!(
                "part {number} has no Content-Disposition"
            )));
        };
        let disposition = Disposition::parse(header.as_bytes()).map_err(|why| {
            Refusal::broken(format!("the Content-Disposition of part {number} {why}"))
        })?;
        if disposition.filename.is_some() {
            self.files += 1;
            limits.check_files(self.files)?;
        } else {
            self.fields += 1;
            limits.check_fields(self.fields)?;
        }
        Ok(disposition)
    }

    /// The data of a part, as a slice of the body.
    fn data(
        &self,
        mut field: Field<'_>,
        is_file: bool,
        locator: &mut Locator<'_>,
    ) -> Result<Bytes, Refusal> {
        let mut length = 0;
        locator.take_data(|| {
            let field = &mut field;
            let piece = self.ready(|context| Pin::new(&mut *field).poll_next(context));
            let piece = piece.transpose().map_err(|error| self.refusal(&error))?;
            length += piece.as_ref().map_or(0, Bytes::len);
            if length > FIELD_BYTES_MAX && !is_file {
                return Err(Refusal::field_too_long(format_args!(
                    "part {}",
                    self.number
                )));
            }
            Ok(piece)
        })
    }

    /// What `poll` gives when it has read enough: it never waits, since the whole body is there.
    ///
    /// # Panics
    ///
    /// Where it asks for more than there is: a bug.
    fn ready<T>(&self, mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> T {
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..self.body.len() / PIECE_BYTES + 16 {
            if let Poll::Ready(value) = poll(&mut context) {
                return value;
            }
        }
        panic!("the parser waits for more than the whole body");
    }

    /// Why a part can't be read.
    fn refusal(&self, error: &Error) -> Refusal {
        let number = self.number;
        if let Error::HeadersSizeExceeded { limit } = error {
            return Refusal::too_large(format!(
                "the header of part {number} is longer than {limit} bytes"
            ));
        }
        let end = format!("--{}--", self.boundary);
        if memmem::find(self.body, end.as_bytes()).is_none() {
            return Refusal::broken(format!(
                "it ends in part {number}, without its last boundary"
            ));
        }
        Refusal::broken(if let Error::ReadHeaderFailed(why) = error {
            format!("the header of part {number} is malformed: {why}")
        } else if matches!(
            error,
            Error::IncompleteStream | Error::IncompleteFieldData { .. }
        ) {
            format!("the boundary before or after part {number} is malformed")
        } else {
            format!("part {number}: {error}")
        })
    }
}

/// A body as the stream that the parser wants.
struct Pieces {
    rest: Bytes,
}

impl Stream for Pieces {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let length = self.rest.len().min(PIECE_BYTES);
        let piece = self.rest.split_to(length);
        Poll::Ready((length > 0).then_some(Ok(piece)))
    }
}

#[cfg(test)]
mod tests;
