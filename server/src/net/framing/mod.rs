//! Where each request of a connection begins and ends, by the letter of RFC 9112.
//!
//! hyper is more lenient than that: it takes a bare LF for the end of a line, a `Content-Length` that is repeated or comes
//! with `Transfer-Encoding`, codings that it does not know before `chunked`. A proxy before the server may read the same
//! bytes otherwise, and then the two disagree on where a request ends (request smuggling). So each byte is looked at before
//! hyper sees it, and the first that is wrong is replaced by NUL, which hyper refuses wherever a line may stand: the client
//! gets 400, and the connection is closed. What is too long is cut off in the same way, at the first byte that is too many;
//! its client gets 431, or 414 for the target.
//!
//! What follows a head that asks for another protocol (`Upgrade`) is HTTP or not as the answer says. So it is not looked
//! at before there is one: no byte of it is passed on until then.
//!
//! What hyper refuses by itself (names, values, versions, the form of a request line) is not looked at here, unless the head
//! comes in pieces: [`letter`].

mod chunk;
mod head;
mod letter;
mod line;

use head::{Head, Length};
use http::StatusCode;
use letter::Letter;
use line::{Bad, Lines};

/// What is put in place of the first byte that is wrong.
const REFUSED: u8 = 0;

/// Follows the requests on one connection, however their bytes are cut into pieces.
///
/// Public so that it can be fuzzed by itself (`fuzz/`), beside the connection that it looks after.
#[derive(Debug)]
pub struct Framing {
    place: Place,
    lines: Lines,
    head: Head,
    /// How far a head has come of which a piece ended before its end.
    letter: Option<Letter>,
    /// The most bytes of a head, of a chunk's first line, or of the trailers.
    lines_bytes_max: usize,
    /// How many of them may still come.
    lines_bytes_left: usize,
    /// The answer to what was refused.
    status: StatusCode,
}

/// What comes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// A request line, or the empty lines that may stand before it (section 2.2).
    #[default]
    RequestLine,
    /// A header field, or the end of the head.
    Field,
    /// What follows a head that asks for another protocol: nobody knows what it is before that is answered.
    Unknown,
    /// So many bytes of a body whose length was announced.
    Body(u64),
    /// The size of a chunk, and its extensions (section 7.1).
    ChunkSize,
    /// So many bytes of a chunk.
    Chunk(u64),
    /// The end of a chunk.
    ChunkEnd,
    /// A trailer field, or the end of the message.
    Trailer,
    /// Something was wrong: hyper has been told, and takes no more.
    Refused,
}

impl Framing {
    /// Heads may have so many bytes, the empty line at their end counted.
    pub fn new(head_bytes_max: usize) -> Self {
        Self {
            place: Place::default(),
            lines: Lines::default(),
            head: Head::default(),
            letter: None,
            lines_bytes_max: head_bytes_max,
            lines_bytes_left: head_bytes_max,
            status: StatusCode::BAD_REQUEST,
        }
    }

    /// Looks at the bytes that came next, and marks the first that is wrong; how many can be passed on.
    ///
    /// Those are all, unless they hold a head that asks for another protocol. What follows it is left alone, to be given again
    /// when the request is answered and HTTP goes on; where it does not, this is not to see it.
    #[must_use]
    pub fn check(&mut self, bytes: &mut [u8]) -> usize {
        if self.place == Place::Unknown {
            self.place = Place::RequestLine;
        } else if self.letter.is_none() && self.is_within_head() {
            // The head has begun with whole lines.
            self.letter = self.letter_at_line_start();
        }
        let mut at = 0;
        while at < bytes.len() {
            if self.place == Place::Refused {
                // Nothing behind what was refused is passed on.
                bytes[at..].fill(REFUSED);
                break;
            }
            if self.place == Place::Unknown {
                return at;
            }
            match self.step(&mut bytes[at..]) {
                Ok(count) => at += count,
                Err(Wrong(offset)) => {
                    at += offset;
                    self.place = Place::Refused;
                }
            }
        }
        bytes.len()
    }

    /// The answer to what was wrong, if anything was. What comes after it does not matter.
    pub fn refused(&self) -> Option<StatusCode> {
        (self.place == Place::Refused).then_some(self.status)
    }

    /// Whether a head has begun, and not come to its end.
    pub(super) fn is_within_head(&self) -> bool {
        match self.place {
            Place::RequestLine => self.lines_bytes_left < self.lines_bytes_max,
            Place::Field => true,
            Place::Unknown
            | Place::Body(_)
            | Place::ChunkSize
            | Place::Chunk(_)
            | Place::ChunkEnd
            | Place::Trailer
            | Place::Refused => false,
        }
    }

    /// Whether a body has begun, and not come to its end.
    pub(super) fn is_within_body(&self) -> bool {
        match self.place {
            Place::Body(_)
            | Place::ChunkSize
            | Place::Chunk(_)
            | Place::ChunkEnd
            | Place::Trailer => true,
            Place::RequestLine | Place::Field | Place::Unknown | Place::Refused => false,
        }
    }

    /// Whether a request is known to have ended, and no other one to have begun.
    pub(super) fn is_between(&self) -> bool {
        self.place == Place::RequestLine && !self.is_within_head()
    }

    /// How many of the bytes were looked at.
    fn step(&mut self, bytes: &mut [u8]) -> Result<usize, Wrong> {
        match self.place {
            Place::Body(left) => {
                let (count, left) = pass(bytes, left);
                self.place = left.map_or(Place::RequestLine, Place::Body);
                Ok(count)
            }
            Place::Chunk(left) => {
                let (count, left) = pass(bytes, left);
                self.place = left.map_or(Place::ChunkEnd, Place::Chunk);
                Ok(count)
            }
            Place::Unknown | Place::Refused => Ok(bytes.len()),
            Place::RequestLine
            | Place::Field
            | Place::ChunkSize
            | Place::ChunkEnd
            | Place::Trailer => self.line(bytes),
        }
    }

    fn line(&mut self, bytes: &mut [u8]) -> Result<usize, Wrong> {
        if self.lines_bytes_left == 0 {
            self.status = self.too_long();
            return Err(Wrong(0));
        }
        let length = bytes.len().min(self.lines_bytes_left);
        let bytes = &mut bytes[..length];
        if self.place == Place::RequestLine {
            head::check_target(bytes)?;
        }
        if let Some(letter) = &mut self.letter {
            let end = memchr::memchr(b'\n', bytes).map_or(length, |end| end + 1);
            letter.follow(&mut bytes[..end])?;
        }
        let found = match self.lines.next(bytes) {
            // hyper passes over all of an extension but this, and refuses it itself.
            Err(Wrong(end)) if self.place == Place::ChunkSize => {
                self.place = Place::Refused;
                return Ok(end + 1);
            }
            found => found?,
        };
        let Some((line, count)) = found else {
            self.lines_bytes_left -= length;
            self.begin_letter(bytes)?;
            return Ok(length);
        };
        let is_empty = line.is_empty();
        let is_newer = self.place == Place::RequestLine
            && self.letter.is_none()
            && letter::has_newer_version(&line);
        let next = match self.place {
            Place::RequestLine | Place::Trailer if is_empty => Ok(Place::RequestLine),
            Place::RequestLine => Ok(Place::Field),
            Place::Field if is_empty => std::mem::take(&mut self.head).length().map(after_head),
            Place::Field => self.head.field(&line).map(|()| Place::Field),
            Place::ChunkSize => chunk::size(&line).map(|size| match size {
                0 => Place::Trailer,
                size => Place::Chunk(size),
            }),
            Place::ChunkEnd if is_empty => Ok(Place::ChunkSize),
            Place::Trailer => Ok(Place::Trailer),
            Place::ChunkEnd
            | Place::Unknown
            | Place::Body(_)
            | Place::Chunk(_)
            | Place::Refused => Err(Bad::Malformed),
        };
        self.lines.clear();
        if is_newer {
            // Before CR LF. As in pieces: `Letter::follow`.
            bytes[count - 3] = letter::NEWEST;
        }
        self.go_on(next, count)?;
        Ok(count)
    }

    /// Goes to what comes next behind a line of so many bytes.
    fn go_on(&mut self, next: Result<Place, Bad>, count: usize) -> Result<(), Wrong> {
        self.lines_bytes_left = match next {
            // Another line of the same head, or of the same trailers.
            Ok(Place::RequestLine) if self.place == Place::RequestLine => {
                self.lines_bytes_left - count
            }
            Ok(Place::Field | Place::Trailer) => self.lines_bytes_left - count,
            Ok(_) | Err(_) => {
                self.letter = None;
                self.lines_bytes_max
            }
        };
        // What is wrong with a line shows at its end, which hyper has not seen yet.
        self.place = next.map_err(|bad| {
            self.status = bad.status();
            Wrong(count - 1)
        })?;
        Ok(())
    }

    /// A line's end is to come: from now on the head is followed by the letter, from the beginning of this line.
    fn begin_letter(&mut self, bytes: &mut [u8]) -> Result<(), Wrong> {
        if self.letter.is_none() {
            self.letter = self.letter_at_line_start();
            self.letter
                .as_mut()
                .map_or(Ok(()), |letter| letter.follow(bytes))?;
        }
        Ok(())
    }

    fn letter_at_line_start(&self) -> Option<Letter> {
        match self.place {
            Place::RequestLine => Some(Letter::LineStart),
            Place::Field => Some(Letter::FieldStart),
            Place::Unknown
            | Place::Body(_)
            | Place::ChunkSize
            | Place::Chunk(_)
            | Place::ChunkEnd
            | Place::Trailer
            | Place::Refused => None,
        }
    }

    /// The answer to lines that are too long.
    fn too_long(&self) -> StatusCode {
        match self.place {
            Place::RequestLine if self.lines.has_kept(b' ') => StatusCode::URI_TOO_LONG,
            Place::RequestLine | Place::Field => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            // hyper sees the end of a body in the wrong place.
            Place::ChunkSize
            | Place::ChunkEnd
            | Place::Trailer
            | Place::Unknown
            | Place::Body(_)
            | Place::Chunk(_)
            | Place::Refused => StatusCode::BAD_REQUEST,
        }
    }
}

/// The byte at this offset is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wrong(usize);

/// How many of the bytes belong to what `left` more are expected of, and how many are left then.
fn pass(bytes: &[u8], left: u64) -> (usize, Option<u64>) {
    let count = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
    let left = left - count as u64;
    (count, (left > 0).then_some(left))
}

/// What follows a head.
fn after_head(length: Length) -> Place {
    match length {
        Length::Known(0) => Place::RequestLine,
        Length::Known(length) => Place::Body(length),
        Length::Chunked => Place::ChunkSize,
        Length::Upgrade => Place::Unknown,
    }
}

#[cfg(test)]
mod tests;
