//! Header blocks, before h2 reads them.
//!
//! All other frames are handed on as they come, and so is a block in one frame, which most are. h2 gives up a connection whose
//! blocks come in seven frames or more, however short they are: those are put together here. A request that h2 would take though
//! it is malformed gets a field that no client may send, so that it is refused where fields are looked at.

use bytes::{Buf as _, BytesMut};
use tokio::io::ReadBuf;

use super::FRAME_BYTES_MAX as FRAME_MAX;
use super::frames::{HEAD_BYTES, Refusal, kind};
use super::hpack::{Fields, Seen};
use super::preface::PREFACE;

/// The longest frame that may come; h2 refuses longer ones when it sees their heads.
const FRAME_BYTES_MAX: usize = FRAME_MAX as usize;

/// Flags of HEADERS (RFC 9113 section 6.2).
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const PRIORITY: u8 = 0x20;

/// How many CONTINUATION frames h2 takes at least, but for the last, whatever its limit on lists; a quarter more than hold
/// such a list where that is more.
const CONTINUATIONS_MIN: usize = 5;

/// The bytes of a priority.
const PRIORITY_BYTES: usize = 5;

/// Ends a block that is malformed: a field `x` whose value is a space (RFC 9113 section 8.2.1), in no table.
const MALFORMED: &[u8] = b"\x00\x01x\x01 ";

/// The head of a frame.
#[derive(Clone, Copy, Debug)]
struct Head {
    length: usize,
    kind: u8,
    flags: u8,
    stream: u32,
}

/// The header blocks of one connection.
#[derive(Debug)]
pub(super) struct Blocks {
    /// How much is still to come of the frame that is handed on.
    left: usize,
    /// The last stream that the client has opened: HEADERS of one that is not above are trailers, or a mistake.
    last_stream: u32,
    fields: Fields,
    /// Set where the next block was looked at already: whether it is malformed.
    seen: Option<bool>,
    /// How long a block may be, and the frames in which h2 gets those that are put together.
    bytes_max: usize,
    frame_bytes: usize,
    /// What has come and is looked at when more of it is there.
    kept: BytesMut,
    /// The block that is put together.
    block: Option<Block>,
    /// What is handed on next.
    ready: BytesMut,
}

#[derive(Debug)]
struct Block {
    stream: u32,
    /// Those that stay: the end of the stream, a priority.
    flags: u8,
    priority: BytesMut,
    bytes: BytesMut,
    is_trailers: bool,
}

impl Blocks {
    /// Follows a connection from its preface on, on which lists of fields may have so many bytes.
    ///
    /// Blocks may have more, so that a list that is too long is refused alone: as much as h2 takes, in frames short enough that
    /// what is left undecoded of one of them is no reason to give up the connection.
    pub(super) fn new(fields_bytes_max: usize) -> Self {
        let full = (fields_bytes_max / FRAME_BYTES_MAX).max(1);
        let frames = (full + full / 4).max(CONTINUATIONS_MIN) + 2;
        let frame_bytes = FRAME_BYTES_MAX.min(fields_bytes_max / 2);
        Self {
            left: PREFACE.len(),
            last_stream: 0,
            fields: Fields::new(),
            seen: None,
            bytes_max: frames * frame_bytes - PRIORITY_BYTES - MALFORMED.len(),
            frame_bytes,
            kept: BytesMut::new(),
            block: None,
            ready: BytesMut::new(),
        }
    }

    /// Hands on what is ready; whether anything was.
    pub(super) fn give(&mut self, buffer: &mut ReadBuf<'_>) -> bool {
        let count = self.ready.len().min(buffer.remaining());
        buffer.put_slice(&self.ready[..count]);
        self.ready.advance(count);
        count > 0
    }

    /// Takes the bytes that came next. How many of them are to be handed on as they are; the rest is kept.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<usize, Refusal> {
        let count = if self.kept.is_empty() && self.block.is_none() {
            self.pass(bytes)
        } else {
            0
        };
        let (passed, rest) = bytes.split_at(count);
        if !rest.is_empty() {
            self.kept.extend_from_slice(rest);
            if let Err(refusal) = self.rewrite() {
                // What is before the block ends a frame.
                let ready = std::mem::take(&mut self.ready);
                self.ready = [passed, &ready].concat().as_slice().into();
                return Err(refusal);
            }
        }
        Ok(count)
    }

    /// How many bytes are to be handed on as they are: up to a head that is not whole, or a block that is not.
    fn pass(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        loop {
            let count = self.left.min(bytes.len() - at);
            self.left -= count;
            at += count;
            let Some((head, rest)) = Head::read(&bytes[at..]) else {
                return at;
            };
            if head.kind == kind::HEADERS && head.length <= FRAME_BYTES_MAX {
                let is_fine = rest
                    .get(..head.length)
                    .is_some_and(|content| self.is_fine(head, content));
                if !is_fine {
                    return at;
                }
                self.last_stream = head.stream;
            }
            self.left = head.length;
            at += HEAD_BYTES;
        }
    }

    /// Whether HEADERS hold all of a request's fields, and these may be handed on as they are.
    fn is_fine(&mut self, head: Head, content: &[u8]) -> bool {
        let is_known = self.seen.is_some();
        if is_known || head.flags & END_HEADERS == 0 || head.stream <= self.last_stream {
            return false;
        }
        // It is handed on, and h2 refuses it.
        let Some((_, block)) = unpadded(head.flags, content) else {
            return true;
        };
        let is_malformed = self.fields.look_at(block).has_fragment;
        self.seen = is_malformed.then_some(true);
        !is_malformed
    }

    /// Makes ready what is kept, as far as it is whole.
    fn rewrite(&mut self) -> Result<(), Refusal> {
        loop {
            if self.block.is_none() {
                let mut kept = std::mem::take(&mut self.kept);
                let count = self.pass(&kept);
                self.ready.extend_from_slice(&kept[..count]);
                kept.advance(count);
                self.kept = kept;
            }
            if !self.gather()? {
                return Ok(());
            }
        }
    }

    /// Adds the next frame to the block; `false` where that is not whole.
    fn gather(&mut self) -> Result<bool, Refusal> {
        let Some((head, rest)) = Head::read(&self.kept) else {
            return Ok(false);
        };
        let belongs = match &self.block {
            None => true,
            Some(block) => head.kind == kind::CONTINUATION && head.stream == block.stream,
        };
        if !belongs || head.length > FRAME_BYTES_MAX {
            // A mistake, which h2 is to see behind a block that has no end.
            if let Some(block) = self.block.take() {
                block.write(&mut self.ready, self.frame_bytes, false);
            }
            return Ok(true);
        }
        if rest.len() < head.length {
            return Ok(false);
        }
        let frame = self.kept.split_to(HEAD_BYTES + head.length);
        let content = &frame[HEAD_BYTES..];
        if let Some(block) = &mut self.block {
            block.bytes.extend_from_slice(content);
        } else if let Some((priority, bytes)) = unpadded(head.flags, content) {
            self.block = Some(Block {
                stream: head.stream,
                flags: head.flags & (END_STREAM | PRIORITY),
                priority: priority.into(),
                bytes: bytes.into(),
                is_trailers: head.stream <= self.last_stream,
            });
            self.last_stream = self.last_stream.max(head.stream);
        } else {
            self.ready.extend_from_slice(&frame);
            return Ok(true);
        }
        let is_too_long = |block: &Block| block.bytes.len() > self.bytes_max;
        if self.block.as_ref().is_some_and(is_too_long) {
            return Err(Refusal::TooMuch);
        }
        if head.flags & END_HEADERS != 0
            && let Some(block) = self.block.take()
        {
            self.finish(block);
        }
        Ok(true)
    }

    fn finish(&mut self, mut block: Block) {
        let is_malformed = self.seen.take().unwrap_or_else(|| {
            let Seen {
                has_fragment,
                has_pseudo,
            } = self.fields.look_at(&block.bytes);
            if block.is_trailers {
                has_pseudo
            } else {
                has_fragment
            }
        });
        if is_malformed {
            block.bytes.extend_from_slice(MALFORMED);
        }
        block.write(&mut self.ready, self.frame_bytes, true);
    }
}

impl Block {
    /// Writes frames of so many bytes, the last without an end where the block has none.
    fn write(&self, to: &mut BytesMut, frame_bytes: usize, is_whole: bool) {
        let mut rest = self.bytes.as_ref();
        let mut prefix = self.priority.as_ref();
        let (mut kind, mut flags) = (kind::HEADERS, self.flags);
        loop {
            let count = rest.len().min(frame_bytes - prefix.len());
            let (content, left) = rest.split_at(count);
            if left.is_empty() && is_whole {
                flags |= END_HEADERS;
            }
            let length = u32::try_from(prefix.len() + count).expect("a frame's");
            to.extend_from_slice(&length.to_be_bytes()[1..]);
            to.extend_from_slice(&[kind, flags]);
            to.extend_from_slice(&self.stream.to_be_bytes());
            to.extend_from_slice(prefix);
            to.extend_from_slice(content);
            if left.is_empty() {
                return;
            }
            (rest, prefix, kind, flags) = (left, &[], kind::CONTINUATION, 0);
        }
    }
}

impl Head {
    /// The head of the next frame, and what is there behind it.
    fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (head, rest) = bytes.split_first_chunk::<HEAD_BYTES>()?;
        let [high, middle, low, kind, flags, stream @ ..] = *head;
        let head = Self {
            length: usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low),
            kind,
            flags,
            // The first bit says nothing (RFC 9113 section 4.1).
            stream: u32::from_be_bytes(stream) & (u32::MAX >> 1),
        };
        Some((head, rest))
    }
}

/// The priority and the block in HEADERS; `None` where their lengths are wrong.
fn unpadded(flags: u8, mut content: &[u8]) -> Option<(&[u8], &[u8])> {
    let padding = if flags & PADDED == 0 {
        0
    } else {
        usize::from(*content.split_off_first()?)
    };
    let priority = if flags & PRIORITY == 0 {
        0
    } else {
        PRIORITY_BYTES
    };
    let (priority, block) = content.split_at_checked(priority)?;
    let length = block.len().checked_sub(padding)?;
    Some((priority, &block[..length]))
}

#[cfg(test)]
mod tests;
