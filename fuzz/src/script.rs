//! Actions on a connection, made of an input's bytes.
//!
//! Bytes stand for themselves, so that inputs can be read and a dictionary helps. What is no byte to send begins with
//! [`ESCAPE`]; the letters are those of [`Script::read`].

/// Begins what is not sent as it is. No byte of UTF-8.
pub const ESCAPE: u8 = 0xff;

/// The most bytes that a script sends: repetitions make much of a few.
const SENT_BYTES_MAX: usize = 48 << 10;

/// Requests that are always answered.
pub const CANARIES: [&[u8]; 3] = [
    b"GET /canary HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /canary HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /",
    b"PUT /canary HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nab\r\nc\r\n0\r\nX: y\r\n\r\n",
];

/// What is done behind a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The next piece is sent at once.
    On,
    /// The server has time to read what was sent.
    Pause,
    /// Nothing more is sent.
    HalfClose,
    /// The connection is closed, whatever the server still says.
    Close,
}

/// What is done on one connection.
#[derive(Debug, Default)]
pub struct Script {
    /// Pieces that are sent one after another; none is empty but before an end.
    pub pieces: Vec<(Vec<u8>, Then)>,
}

impl Script {
    /// The actions of an input.
    pub fn read(input: &[u8]) -> Self {
        let mut script = Self::default();
        let mut piece = Vec::new();
        let mut sent = 0;
        let mut rest = input.iter().copied();
        while let Some(byte) = rest.next() {
            let before = piece.len();
            if byte != ESCAPE {
                piece.push(byte);
            } else {
                match rest.next() {
                    Some(b'|') => script.cut(&mut piece, Then::On),
                    Some(b'.') => script.cut(&mut piece, Then::Pause),
                    Some(b'<') => return script.end(piece, Then::HalfClose),
                    Some(b'!') => return script.end(piece, Then::Close),
                    Some(b'g') => piece.extend_from_slice(CANARIES[0]),
                    Some(b'p') => piece.extend_from_slice(CANARIES[1]),
                    Some(b'k') => piece.extend_from_slice(CANARIES[2]),
                    Some(b'r') => repeat(&mut piece, rest.next(), rest.next()),
                    Some(other) => piece.extend([ESCAPE, other]),
                    None => piece.push(ESCAPE),
                }
            }
            sent += piece.len().saturating_sub(before);
            if sent > SENT_BYTES_MAX {
                break;
            }
        }
        script.end(piece, Then::On)
    }

    fn cut(&mut self, piece: &mut Vec<u8>, then: Then) {
        if !piece.is_empty() {
            self.pieces.push((std::mem::take(piece), then));
        }
    }

    fn end(mut self, piece: Vec<u8>, then: Then) -> Self {
        if !piece.is_empty() || then != Then::On {
            self.pieces.push((piece, then));
        }
        self
    }

    /// All that is sent.
    pub fn bytes(&self) -> Vec<u8> {
        let pieces = self.pieces.iter();
        pieces
            .flat_map(|(piece, _)| piece.iter().copied())
            .collect()
    }

    /// How the sending ends.
    pub fn end_of_it(&self) -> Then {
        self.pieces.last().map_or(Then::On, |(_, then)| *then)
    }
}

/// Repeats the last so many bytes so many times.
fn repeat(piece: &mut Vec<u8>, length: Option<u8>, times: Option<u8>) {
    let length = usize::from(length.unwrap_or(1)).min(piece.len());
    let repeated = piece[piece.len() - length..].to_vec();
    for _ in 0..times.unwrap_or(0) {
        piece.extend_from_slice(&repeated);
    }
}
