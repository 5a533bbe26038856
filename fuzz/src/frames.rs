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

/// Ends of header blocks that are malformed: values with white space around them (RFC 9113 section 8.2.1).
const UNTRIMMED: [&[u8]; 4] = [
    b"\x00\x01x\x02 a",
    b"\x00\x01x\x02a\t",
    b"\x40\x01x\x01 ",
    b"\x60\x04a=1\t",
];

/// `GET` of paths with a fragment, as the last of them in Huffman coding (section 8.3.1).
const FRAGMENTS: [&[u8]; 4] = [
    b"\x82\x86\x41\x01a\x04\x04/x#f",
    b"\x82\x86\x41\x01a\x44\x02/#",
    b"\x82\x86\x41\x01a\x10\x05:path\x03/#/",
    b"\x82\x86\x41\x01a\x44\x83\x63\xfe\xa5",
];

/// Trailers that are malformed: with pseudo-header fields (section 8.1), or values as above.
const TRAILERS: [&[u8]; 4] = [
    b"\x84",
    b"\x82\x00\x01x\x01a",
    b"\x00\x01x\x02a ",
    b"\x04\x02/x",
];

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
    /// Those of them that must be answered with 400: they are malformed, and the connection goes on.
    pub malformed: Vec<u32>,
}

impl Frames {
    /// The actions of an input: after a byte that is not 0, which asks for the preface and empty SETTINGS, one after another:
    ///
    /// - 0 to 12: a frame of that type: flags, stream, length, payload;
    /// - `g`, `p`: a request without and with a body on the next stream; `c`: one whose header block comes in frames of so many bytes;
    /// - `m`: a request that is malformed in the way of the next byte;
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
                malformed: Vec::new(),
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
            b'c' => {
                let length = self.byte();
                self.cut(length);
            }
            b'm' => {
                let way = self.byte();
                self.malformed(way);
            }
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

    /// A request whose header block comes in frames of so many bytes.
    fn cut(&mut self, length: u8) {
        let stream = self.next_stream;
        self.next_stream += 2;
        let parts: Vec<_> = GET.chunks(usize::from(length.max(1))).collect();
        for (number, part) in parts.iter().enumerate() {
            let end = if number + 1 == parts.len() {
                END_HEADERS
            } else {
                0
            };
            let (kind, flags) = match number {
                0 => (HEADERS, END_STREAM | end),
                _ => (CONTINUATION, end),
            };
            Frame::new(kind, flags, stream, part).write(&mut self.bytes);
        }
        self.frames.owed.push(stream);
    }

    /// A request that is malformed.
    fn malformed(&mut self, way: u8) {
        let which = usize::from(way / 3 % 4);
        let stream = self.next_stream;
        match way % 3 {
            0 => self.request(&[GET, UNTRIMMED[which]].concat(), None),
            1 => self.request(FRAGMENTS[which], None),
            _ => {
                self.next_stream += 2;
                let trailers = TRAILERS[which];
                for (kind, flags, payload) in [
                    (HEADERS, END_HEADERS, POST),
                    (DATA, 0, b"body"),
                    (HEADERS, END_HEADERS | END_STREAM, trailers),
                ] {
                    Frame::new(kind, flags, stream, payload).write(&mut self.bytes);
                }
                self.frames.owed.push(stream);
            }
        }
        self.frames.malformed.push(stream);
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
            self.frames.malformed.clear();
        }
        let bytes = self.frames.pieces.concat();
        if let Some(rest) = bytes.strip_prefix(PREFACE) {
            self.frames.sent = read(rest).0;
        }
        self.frames
    }
}
