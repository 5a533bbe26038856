//! Follows the frames of a client as their bytes come, and finds what tungstenite finds late or never.
//!
//! Tungstenite judges text when its message is whole; RFC 6455 section 8.1 lets a server fail at the first bad byte, so
//! that nobody has to take in the rest. It also takes 1014 for a code that may not be sent, which the registry of
//! section 11.7 has long had. All else stays tungstenite's to judge: a frame that breaks the protocol by its head ends
//! the search, because the session ends with it.

use native_types::socket::Closed;
use smallvec::SmallVec;

/// The longest head: two bytes, a length of eight, a mask of four.
const HEAD_BYTES_MAX: usize = 14;

/// The longest payload of a control frame.
const CONTROL_BYTES_MAX: u64 = 125;

/// How many bytes of text are unmasked at once.
const PIECE_BYTES: usize = 1024;

/// The longest character in UTF-8, and the length of a mask.
const CHARACTER_BYTES_MAX: usize = 4;

/// "Bad gateway", registered by IANA.
const BAD_GATEWAY: u16 = 1014;

/// What ends a session before tungstenite has seen it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Finding {
    /// A byte that no UTF-8 has at its place.
    #[error("a text message is not UTF-8")]
    BadText,
    /// The client has closed with a code that tungstenite does not know.
    #[error("the client has closed with {}", .0.code)]
    Closed(Closed),
}

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Binary,
    Close,
    /// A ping or pong.
    Other,
}

/// The frame whose payload comes.
#[derive(Debug)]
struct Frame {
    kind: Kind,
    is_final: bool,
    /// The mask, turned so that its first byte is the next one's.
    mask: [u8; 4],
    /// How much of the payload is to come.
    left: u64,
}

/// What the first bytes of a frame say.
#[derive(Debug)]
enum Head {
    /// More of it is to come.
    Cut,
    Whole(Frame),
    /// Tungstenite refuses the frame.
    Broken,
}

/// Where in the frames of a client one is.
#[derive(Debug, Default)]
pub(super) struct Frames {
    head: SmallVec<[u8; HEAD_BYTES_MAX]>,
    frame: Option<Frame>,
    /// The kind of a message that goes on in a further frame.
    message: Option<Kind>,
    /// The first bytes of a character of a text message whose others are to come.
    character: SmallVec<[u8; CHARACTER_BYTES_MAX]>,
    /// What the close frame says, as far as it has come.
    close: SmallVec<[u8; 32]>,
    /// Whether nothing more is looked at.
    is_over: bool,
}

impl Frames {
    /// Follows the bytes that come next. On a finding, tells how many of them come before what was found.
    pub(super) fn follow(&mut self, bytes: &[u8]) -> Result<(), (usize, Finding)> {
        let mut at = 0;
        while at < bytes.len() && !self.is_over {
            if self.frame.is_none() {
                self.head.push(bytes[at]);
                at += 1;
                self.begin();
            }
            let Some(frame) = self.frame.take() else {
                continue;
            };
            let rest = &bytes[at..];
            let left = usize::try_from(frame.left).unwrap_or(usize::MAX);
            let portion = &rest[..left.min(rest.len())];
            if let Err(finding) = self.pass(frame, portion) {
                self.is_over = true;
                return Err((at, finding));
            }
            at += portion.len();
        }
        Ok(())
    }

    /// Begins a frame once its head is whole.
    fn begin(&mut self) {
        match read_head(&self.head, self.message) {
            Head::Cut => {}
            Head::Broken => self.is_over = true,
            Head::Whole(frame) => {
                self.head.clear();
                if matches!(frame.kind, Kind::Text | Kind::Binary) {
                    self.message = (!frame.is_final).then_some(frame.kind);
                }
                self.frame = Some(frame);
            }
        }
    }

    /// Lets a portion of a frame's payload pass. With the last one the frame is over.
    fn pass(&mut self, mut frame: Frame, portion: &[u8]) -> Result<(), Finding> {
        frame.left -= portion.len() as u64;
        let is_whole = frame.left == 0;
        match frame.kind {
            // Tungstenite has the whole message with this portion, and judges it now.
            Kind::Text if is_whole && frame.is_final => self.character.clear(),
            Kind::Text => self.check_text(portion, frame.mask)?,
            Kind::Close => {
                let masked = portion.iter().zip(frame.mask.iter().cycle());
                self.close.extend(masked.map(|(byte, mask)| byte ^ mask));
                if is_whole {
                    // Tungstenite reads no further either.
                    self.is_over = true;
                    return closed_with_1014(&self.close).map_or(Ok(()), Err);
                }
            }
            Kind::Binary | Kind::Other => {}
        }
        if !is_whole {
            frame.mask.rotate_left(portion.len() % 4);
            self.frame = Some(frame);
        }
        Ok(())
    }

    /// Fails with the first byte that no UTF-8 has at its place.
    fn check_text(&mut self, portion: &[u8], mask: [u8; 4]) -> Result<(), Finding> {
        let mask = u32::from_ne_bytes(mask);
        // The bytes that a character began with stand right before the piece, which keeps its place by the mask.
        let mut buffer = [0; CHARACTER_BYTES_MAX + PIECE_BYTES];
        for piece in portion.chunks(PIECE_BYTES) {
            let end = CHARACTER_BYTES_MAX + piece.len();
            buffer[CHARACTER_BYTES_MAX..end].copy_from_slice(piece);
            let (words, _) = buffer[CHARACTER_BYTES_MAX..].as_chunks_mut::<4>();
            for word in &mut words[..piece.len().div_ceil(4)] {
                *word = (u32::from_ne_bytes(*word) ^ mask).to_ne_bytes();
            }
            let start = CHARACTER_BYTES_MAX - self.character.len();
            buffer[start..CHARACTER_BYTES_MAX].copy_from_slice(&self.character);
            self.character.clear();
            let text = &buffer[start..end];
            if let Err(error) = str::from_utf8(text) {
                if error.error_len().is_some() {
                    return Err(Finding::BadText);
                }
                self.character
                    .extend_from_slice(&text[error.valid_up_to()..]);
            }
        }
        Ok(())
    }
}

/// Reads the head of a frame, in the midst of a message of the kind `message` (RFC 6455 section 5.2).
fn read_head(head: &[u8], message: Option<Kind>) -> Head {
    let [first, second, rest @ ..] = head else {
        return Head::Cut;
    };
    if second & 0x80 == 0 {
        return Head::Broken;
    }
    let short = second & 0x7f;
    let length_bytes = match short {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let Some((length, mask)) = rest.split_at_checked(length_bytes) else {
        return Head::Cut;
    };
    let Ok(mask) = <[u8; 4]>::try_from(mask) else {
        return Head::Cut;
    };
    let left = if length.is_empty() {
        u64::from(short)
    } else {
        length
            .iter()
            .fold(0, |left, byte| (left << 8) | u64::from(*byte))
    };
    let is_final = first & 0x80 != 0;
    let may_be_control = is_final && left <= CONTROL_BYTES_MAX;
    // With the reserved bits, which no kind has.
    let kind = match (first & 0x7f, message) {
        (0, Some(kind)) => kind,
        (1, None) => Kind::Text,
        (2, None) => Kind::Binary,
        (8, _) if may_be_control => Kind::Close,
        (9 | 10, _) if may_be_control => Kind::Other,
        _ => return Head::Broken,
    };
    Head::Whole(Frame {
        kind,
        is_final,
        mask,
        left,
    })
}

/// What a close frame's payload says, if that is a well-formed 1014.
fn closed_with_1014(payload: &[u8]) -> Option<Finding> {
    let (code, reason) = payload.split_first_chunk()?;
    let reason = str::from_utf8(reason).ok()?;
    (u16::from_be_bytes(*code) == BAD_GATEWAY).then(|| {
        Finding::Closed(Closed {
            code: BAD_GATEWAY,
            reason: reason.to_owned(),
        })
    })
}

#[cfg(test)]
pub(super) mod tests;
