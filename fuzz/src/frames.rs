//! HTTP/2 frames (RFC 9113): made of an input's bytes, and read.

/// What a client begins with.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Types and flags of section 6.
pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PUSH_PROMISE: u8 = 5;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

/// `GET /` and `POST /` of the host `a` (RFC 7541 appendix A).
const GET: &[u8] = &[0x82, 0x84, 0x86, 0x41, 1, b'a'];
const POST: &[u8] = &[0x83, 0x84, 0x86, 0x41, 1, b'a'];

/// The most bytes that are sent: repetitions make much of a few.
const SENT_BYTES_MAX: usize = 256 << 10;

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

impl Frame {
    fn new(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Self {
        let payload = payload.to_vec();
        Self {
            kind,
            flags,
            stream,
            payload,
        }
    }

    /// Whether a flag is set.
    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    fn write(&self, to: &mut Vec<u8>) {
        let length = u32::try_from(self.payload.len()).expect("a short frame");
        to.extend_from_slice(&length.to_be_bytes()[1..]);
        to.extend([self.kind, self.flags]);
        to.extend_from_slice(&self.stream.to_be_bytes());
        to.extend_from_slice(&self.payload);
    }
}

/// The frames that bytes hold, and how many bytes are left of one that is not whole.
pub fn read(mut bytes: &[u8]) -> (Vec<Frame>, usize) {
    let mut frames = Vec::new();
    while let Some((head, rest)) = bytes.split_at_checked(9) {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let Some((payload, rest)) = rest.split_at_checked(length) else {
            break;
        };
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        frames.push(Frame::new(head[3], head[4], stream, payload));
        bytes = rest;
    }
    (frames, bytes.len())
}

/// What is done on one connection.
#[derive(Debug)]
pub struct Frames {
    /// Sent one after another, with time to read between them.
    pub pieces: Vec<Vec<u8>>,
    /// The frames of all pieces, as the server would read them.
    pub sent: Vec<Frame>,
    /// The streams of requests that must be answered; none where anything else was sent that might be a mistake.
    pub owed: Vec<u32>,
}

impl Frames {
    /// The actions of an input: after a byte that is not 0, which asks for the preface and empty SETTINGS, one after another:
    ///
    /// - 0 to 12: a frame of that type: flags, stream, length, payload;
    /// - `g`, `p`: a request without and with a body on the next stream;
    /// - `.`: time to read; `r`: the last piece of bytes again, so many times; `R`: the same, each on a stream of its own;
    /// - anything else: so many bytes as they are.
    pub fn read(input: &[u8]) -> Self {
        let mut reader = Reader {
            input,
            bytes: Vec::new(),
            frames: Self {
                pieces: Vec::new(),
                sent: Vec::new(),
                owed: Vec::new(),
            },
            last: Frame::new(SETTINGS, 0, 0, &[]),
            next_stream: 1,
            is_orderly: true,
            count: 0,
        };
        if reader.byte() != 0 {
            reader.bytes.extend_from_slice(PREFACE);
            reader.put_last();
        } else {
            reader.is_orderly = false;
        }
        while !reader.input.is_empty() && reader.count < SENT_BYTES_MAX {
            reader.action();
        }
        reader.finish()
    }
}

struct Reader<'a> {
    input: &'a [u8],
    bytes: Vec<u8>,
    frames: Frames,
    last: Frame,
    next_stream: u32,
    is_orderly: bool,
    count: usize,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> u8 {
        let first = self.input.split_off_first();
        first.copied().unwrap_or_default()
    }

    fn take(&mut self, count: u8) -> &'a [u8] {
        let count = usize::from(count).min(self.input.len());
        let (taken, rest) = self.input.split_at(count);
        self.input = rest;
        taken
    }

    fn action(&mut self) {
        match self.byte() {
            kind @ 0..=12 => {
                let (flags, stream, length) = (self.byte(), self.byte(), self.byte());
                self.last = Frame::new(kind, flags, stream.into(), self.take(length));
                self.is_orderly = false;
                self.put_last();
            }
            b'g' => self.request(GET, None),
            b'p' => self.request(POST, Some(b"body")),
            b'.' => {
                self.count += self.bytes.len();
                self.frames.pieces.push(std::mem::take(&mut self.bytes));
            }
            again @ (b'r' | b'R') => {
                self.is_orderly = false;
                for _ in 0..self.byte() {
                    if again == b'R' {
                        self.last.stream = self.next_stream;
                        self.next_stream += 2;
                    }
                    self.put_last();
                }
            }
            _ => {
                let count = self.byte();
                let raw = self.take(count);
                self.is_orderly = false;
                self.bytes.extend_from_slice(raw);
            }
        }
    }

    fn put_last(&mut self) {
        self.last.write(&mut self.bytes);
    }

    fn request(&mut self, head: &[u8], body: Option<&[u8]>) {
        let stream = self.next_stream;
        self.next_stream += 2;
        let end = if body.is_none() { END_STREAM } else { 0 };
        self.last = Frame::new(HEADERS, END_HEADERS | end, stream, head);
        self.put_last();
        if let Some(body) = body {
            self.last = Frame::new(DATA, END_STREAM, stream, body);
            self.put_last();
        }
        self.frames.owed.push(stream);
    }

    fn finish(mut self) -> Frames {
        self.frames.pieces.push(self.bytes);
        if !self.is_orderly {
            self.frames.owed.clear();
        }
        let bytes = self.frames.pieces.concat();
        if let Some(rest) = bytes.strip_prefix(PREFACE) {
            self.frames.sent = read(rest).0;
        }
        self.frames
    }
}
