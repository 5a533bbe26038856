//! HTTP/2 by its bytes (RFC 9113 section 4): frames that no well-behaved client sends, and a blocking connection to send them on.

use std::io::{Error, ErrorKind, Read as _, Result, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use super::{PATIENCE, Server};

/// The client's preface (section 3.4), without the SETTINGS that follow it.
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Types of frames (section 6).
pub(crate) mod kind {
    pub(crate) const DATA: u8 = 0;
    pub(crate) const HEADERS: u8 = 1;
    pub(crate) const PRIORITY: u8 = 2;
    pub(crate) const RST_STREAM: u8 = 3;
    pub(crate) const SETTINGS: u8 = 4;
    pub(crate) const PUSH_PROMISE: u8 = 5;
    pub(crate) const PING: u8 = 6;
    pub(crate) const GOAWAY: u8 = 7;
    pub(crate) const WINDOW_UPDATE: u8 = 8;
    pub(crate) const CONTINUATION: u8 = 9;
}

/// Flags of frames (section 6).
pub(crate) mod flag {
    pub(crate) const NONE: u8 = 0;
    pub(crate) const ACK: u8 = 1;
    pub(crate) const END_STREAM: u8 = 1;
    pub(crate) const END_HEADERS: u8 = 4;
    pub(crate) const PADDED: u8 = 8;
    pub(crate) const PRIORITY: u8 = 0x20;
    /// A request without a body, whole.
    pub(crate) const WHOLE: u8 = END_STREAM | END_HEADERS;
}

/// Error codes (section 7).
pub(crate) mod code {
    pub(crate) const NO_ERROR: u32 = 0;
    pub(crate) const PROTOCOL_ERROR: u32 = 1;
    pub(crate) const FLOW_CONTROL_ERROR: u32 = 3;
    pub(crate) const STREAM_CLOSED: u32 = 5;
    pub(crate) const FRAME_SIZE_ERROR: u32 = 6;
    pub(crate) const REFUSED_STREAM: u32 = 7;
    pub(crate) const CANCEL: u32 = 8;
    pub(crate) const COMPRESSION_ERROR: u32 = 9;
    pub(crate) const ENHANCE_YOUR_CALM: u32 = 11;
}

/// A frame as bytes.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let length = u32::try_from(content.len()).expect("a short frame");
    let mut bytes = length.to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(content);
    bytes
}

/// SETTINGS with these identifiers and values.
pub(crate) fn settings(values: &[(u16, u32)]) -> Vec<u8> {
    let pair = |(name, value): &(u16, u32)| {
        let mut bytes = name.to_be_bytes().to_vec();
        bytes.extend(value.to_be_bytes());
        bytes
    };
    let content: Vec<u8> = values.iter().flat_map(pair).collect();
    frame(kind::SETTINGS, flag::NONE, 0, content)
}

pub(crate) fn window_update(stream: u32, increment: u32) -> Vec<u8> {
    frame(
        kind::WINDOW_UPDATE,
        flag::NONE,
        stream,
        increment.to_be_bytes(),
    )
}

pub(crate) fn reset(stream: u32, code: u32) -> Vec<u8> {
    frame(kind::RST_STREAM, flag::NONE, stream, code.to_be_bytes())
}

pub(crate) fn ping(content: [u8; 8]) -> Vec<u8> {
    frame(kind::PING, flag::NONE, 0, content)
}

/// A whole header block in a frame.
pub(crate) fn headers(stream: u32, flags: u8, block: impl AsRef<[u8]>) -> Vec<u8> {
    frame(kind::HEADERS, flags | flag::END_HEADERS, stream, block)
}

/// A `GET` without a body.
pub(crate) fn get(stream: u32, path: &str) -> Vec<u8> {
    headers(stream, flag::END_STREAM, request("GET", path))
}

/// The head of a `POST`, whose body is to follow.
pub(crate) fn post(stream: u32, path: &str) -> Vec<u8> {
    headers(stream, flag::NONE, request("POST", path))
}

/// The header block of a request.
pub(crate) fn request(method: &str, path: &str) -> Vec<u8> {
    fields(&[
        (":method", method),
        (":scheme", "http"),
        (":path", path),
        (":authority", "test"),
    ])
}

/// A header block of fields that enter no table (RFC 7541 section 6.2.2). Characters are bytes.
pub(crate) fn fields(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            block.extend(text_of(
                text.chars().map(|byte| u8::try_from(byte).expect("a byte")),
            ));
        }
    }
    block
}

/// A string literal without Huffman coding (RFC 7541 section 5.2).
fn text_of(bytes: impl Iterator<Item = u8>) -> Vec<u8> {
    let bytes: Vec<u8> = bytes.collect();
    let mut text = integer(0, 7, bytes.len());
    text.extend(bytes);
    text
}

/// An integer behind `bits` (RFC 7541 section 5.1).
pub(crate) fn integer(bits: u8, prefix: u8, number: usize) -> Vec<u8> {
    let most = (1 << prefix) - 1;
    if number < most {
        return vec![bits | u8::try_from(number).expect("below the prefix")];
    }
    let mut bytes = vec![bits | u8::try_from(most).expect("a byte")];
    let mut left = number - most;
    while left >= 128 {
        bytes.push(u8::try_from(left % 128).expect("7 bits") | 128);
        left /= 128;
    }
    bytes.push(u8::try_from(left).expect("7 bits"));
    bytes
}

/// A frame of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) content: Vec<u8>,
}

impl Frame {
    /// A number in its content, the code of `RST_STREAM` at 0, that of GOAWAY at 4.
    pub(crate) fn number(&self, at: usize) -> u32 {
        let bytes = self.content[at..at + 4].try_into();
        u32::from_be_bytes(bytes.expect("4 bytes"))
    }

    pub(crate) fn ends_stream(&self) -> bool {
        matches!(self.kind, kind::DATA | kind::HEADERS) && self.flags & flag::END_STREAM != 0
    }

    /// The status that its header block begins with: no table is used, as the client has asked for.
    pub(crate) fn status(&self) -> u16 {
        let mut block = self.content.as_slice();
        while let [0x20..=0x3f, rest @ ..] = block {
            block = rest;
        }
        match block {
            [indexed @ 0x88..=0x8e, ..] => {
                [200, 204, 206, 304, 400, 404, 500][usize::from(indexed - 0x88)]
            }
            [0x08 | 0x18 | 0x48, length, rest @ ..] => {
                let text = &rest[..usize::from(length & 0x7f)];
                let digits = if length & 0x80 == 0 {
                    text.iter().map(|digit| digit - b'0').collect()
                } else {
                    huffman_digits(text)
                };
                digits
                    .iter()
                    .take(3)
                    .fold(0, |number, digit| number * 10 + u16::from(*digit))
            }
            other => panic!("no status: {other:?}"),
        }
    }
}

/// Digits in Huffman coding (RFC 7541 appendix B).
fn huffman_digits(coded: &[u8]) -> Vec<u8> {
    let mut bits = coded
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1));
    let mut take = |count: usize| {
        (&mut bits)
            .take(count)
            .fold(0, |number, bit| number << 1 | bit)
    };
    let mut digits = Vec::new();
    while digits.len() < 3 {
        let first = take(5);
        digits.push(if first < 3 {
            first
        } else {
            (first << 1 | take(1)) - 0b01_1001 + 3
        });
    }
    digits
}

/// A connection on which frames are sent as they are.
#[derive(Debug)]
pub(crate) struct Raw {
    stream: TcpStream,
}

impl Raw {
    /// Nothing is sent yet.
    pub(crate) fn connect(server: &Server) -> Self {
        let stream =
            TcpStream::connect_timeout(&server.ready.address, PATIENCE).expect("a connection");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a time limit");
        stream
            .set_write_timeout(Some(PATIENCE))
            .expect("a time limit");
        stream.set_nodelay(true).expect("no delay");
        Self { stream }
    }

    /// A connection whose client has sent its preface, and SETTINGS that forbid the server to use tables.
    pub(crate) fn open(server: &Server) -> Self {
        Self::open_with(server, &[])
    }

    /// The same with further settings.
    pub(crate) fn open_with(server: &Server, more: &[(u16, u32)]) -> Self {
        let mut raw = Self::connect(server);
        let values = [&[(1, 0)], more].concat();
        raw.send(
            [
                PREFACE,
                &settings(&values),
                &frame(kind::SETTINGS, flag::ACK, 0, []),
            ]
            .concat(),
        );
        raw
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes).expect("sent");
    }

    pub(crate) fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> Result<()> {
        self.stream.write_all(bytes.as_ref())
    }

    /// The same connection once more, so that one thread can write to it while another reads.
    pub(crate) fn share(&self) -> Self {
        let stream = self.stream.try_clone().expect("a descriptor");
        Self { stream }
    }

    /// How long the next frame may take.
    pub(crate) fn set_patience(&mut self, patience: Duration) {
        self.stream
            .set_read_timeout(Some(patience))
            .expect("a time limit");
    }

    /// The next frame; `None` when the connection is closed, in whatever way.
    pub(crate) fn next(&mut self) -> Option<Frame> {
        let closed = [
            ErrorKind::UnexpectedEof,
            ErrorKind::ConnectionReset,
            ErrorKind::BrokenPipe,
        ];
        match self.try_next() {
            Ok(frame) => Some(frame),
            Err(error) if closed.contains(&error.kind()) => None,
            Err(error) => panic!("no frame: {error}"),
        }
    }

    pub(crate) fn try_next(&mut self) -> Result<Frame> {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head)?;
        let [high, middle, low, kind, flags, id @ ..] = head;
        let length = u32::from_be_bytes([0, high, middle, low]);
        if length > 16_384 {
            // An answer of HTTP/1, perhaps.
            return Err(Error::new(ErrorKind::InvalidData, format!("{head:?}")));
        }
        let mut content = vec![0; length as usize];
        self.stream.read_exact(&mut content)?;
        Ok(Frame {
            kind,
            flags,
            stream: u32::from_be_bytes(id),
            content,
        })
    }

    /// The frames up to the first for which this holds, that one included; all of them where the connection is closed before.
    pub(crate) fn until(&mut self, mut is_last: impl FnMut(&Frame) -> bool) -> Vec<Frame> {
        let mut frames = Vec::new();
        while let Some(frame) = self.next() {
            let is_over = is_last(&frame);
            frames.push(frame);
            if is_over {
                break;
            }
        }
        frames
    }

    /// The frames up to the end of the answer on this stream.
    pub(crate) fn answer(&mut self, stream: u32) -> Vec<Frame> {
        self.until(|frame| frame.stream == stream && frame.ends_stream())
    }

    /// What comes until the server closes the connection.
    pub(crate) fn rest(&mut self) -> Vec<Frame> {
        self.until(|_| false)
    }
}

/// The code of the last GOAWAY.
pub(crate) fn goaway(frames: &[Frame]) -> Option<u32> {
    let last = frames.iter().rev().find(|frame| frame.kind == kind::GOAWAY);
    last.map(|frame| frame.number(4))
}

/// The status and body of the answer on a stream; `None` where there is none, or not all of it.
pub(crate) fn answer_on(frames: &[Frame], stream: u32) -> Option<(u16, String)> {
    let mut of_stream = frames.iter().filter(|frame| frame.stream == stream);
    let head = of_stream
        .clone()
        .find(|frame| frame.kind == kind::HEADERS)?;
    of_stream.clone().find(|frame| frame.ends_stream())?;
    let body = of_stream.by_ref().filter(|frame| frame.kind == kind::DATA);
    let body: Vec<u8> = body.flat_map(|frame| frame.content.clone()).collect();
    Some((head.status(), String::from_utf8_lossy(&body).into_owned()))
}

/// The code with which a stream was reset.
pub(crate) fn reset_of(frames: &[Frame], stream: u32) -> Option<u32> {
    let mut resets = frames.iter().filter(|frame| frame.kind == kind::RST_STREAM);
    resets
        .find(|frame| frame.stream == stream)
        .map(|frame| frame.number(0))
}
