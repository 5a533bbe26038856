//! Frames on a connection to the server, and what must come back.

use std::collections::HashMap;
use std::os::unix::net::UnixStream;
use std::time::Instant;

use crate::client::{Connection, PATIENCE};
use crate::frames::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, Frame, Frames, GOAWAY, HEADERS, PREFACE,
    PUSH_PROMISE, RST_STREAM, SETTINGS, WINDOW_UPDATE, read,
};

/// What a window begins with, and a frame's length ends with, unless the client says otherwise (RFC 9113 section 6.5.2).
const WINDOW: u64 = 65_535;
const FRAME_BYTES_MAX: usize = 16_384;

/// The most frames that the server may send for each one that it gets, and some more.
const ANSWERED_FRAMES_MAX: usize = 8;

/// How many streams may be open at once, as the server says unless it is told otherwise; more may be refused.
const STREAMS_MAX: usize = 100;

/// `:status` 200 and 400 (RFC 7541 appendix A).
const OK: u8 = 0x88;
const BAD_REQUEST: u8 = 0x8c;

/// Why a stream is reset whose request was not begun (RFC 9113 section 7).
const REFUSED_STREAM: [u8; 4] = [0, 0, 0, 7];

/// Runs a script; fails unless the server speaks HTTP/2 as it should, answers what it owes, and ends the connection in time.
pub fn check(script: &Frames, stream: UnixStream) {
    let mut connection = Connection::new(stream);
    for piece in &script.pieces {
        connection.send(piece);
        connection.pause();
    }
    let deadline = Instant::now() + PATIENCE;
    let is_answered = |connection: &Connection| {
        let (frames, _) = read(&connection.came);
        let may_refuse = script.owed.len() > STREAMS_MAX;
        let ended = |stream: &u32| {
            frames.iter().any(|frame| {
                let is_refused = may_refuse && frame.kind == RST_STREAM;
                frame.stream == *stream && (frame.has(END_STREAM) || is_refused)
            })
        };
        script.owed.iter().all(ended)
    };
    while !is_answered(&connection) {
        assert!(!connection.is_at_end, "ended without answers: {script:?}");
        connection.receive_or_end(deadline);
    }
    connection.finish();
    while !connection.is_at_end {
        connection.receive_or_end(deadline);
    }
    if !script.pieces.concat().starts_with(PREFACE) {
        return;
    }
    let (frames, _) = read(&connection.came);
    assert!(
        frames.len() <= 16 + script.sent.len() * ANSWERED_FRAMES_MAX,
        "{} frames",
        frames.len()
    );
    check_frames(&frames, script);
}

/// What the server has done on one stream.
#[derive(Debug, Default)]
struct Stream {
    has_head: bool,
    has_ended: bool,
    is_refused: bool,
    data_bytes: u64,
}

fn check_frames(frames: &[Frame], script: &Frames) {
    let allowed = Allowed::by(&script.sent);
    let mut streams: HashMap<u32, Stream> = HashMap::new();
    let mut data_bytes = 0;
    let mut unfinished_head = None;
    for (number, frame) in frames.iter().enumerate() {
        let says = || format!("frame {number}, {frame:?}, of {frames:?}");
        assert_eq!(
            number == 0,
            frame.kind == SETTINGS && !frame.has(1),
            "{}",
            says()
        );
        assert!(
            frame.kind <= CONTINUATION && frame.kind != PUSH_PROMISE,
            "{}",
            says()
        );
        assert!(frame.payload.len() <= allowed.frame_bytes, "{}", says());
        let head = unfinished_head.take();
        assert_eq!(head.is_some(), frame.kind == CONTINUATION, "{}", says());
        assert!(
            head.is_none_or(|stream| stream == frame.stream),
            "{}",
            says()
        );
        if frame.kind == GOAWAY {
            let last = frame
                .payload
                .first_chunk()
                .map(|last| u32::from_be_bytes(*last));
            let is_known =
                last.is_some_and(|last| last <= allowed.last_stream || last == u32::MAX >> 1);
            assert!(is_known && frame.stream == 0, "{}", says());
        }
        if matches!(frame.kind, SETTINGS | GOAWAY) || frame.stream == 0 {
            assert!(
                frame.stream == 0 && !matches!(frame.kind, DATA | HEADERS | RST_STREAM),
                "{}",
                says()
            );
            continue;
        }
        // h2 refuses a malformed head before it looks whose the stream's number is.
        let is_clients = frame.stream % 2 == 1 || frame.kind == RST_STREAM;
        assert!(
            is_clients && frame.stream <= allowed.last_stream,
            "{}",
            says()
        );
        let stream = streams.entry(frame.stream).or_default();
        assert!(!stream.is_refused, "refused, and more: {}", says());
        stream.is_refused = frame.kind == RST_STREAM && frame.payload == REFUSED_STREAM;
        match frame.kind {
            HEADERS => {
                assert!(!stream.has_ended, "{}", says());
                stream.has_head = true;
            }
            DATA => {
                assert!(stream.has_head && !stream.has_ended, "{}", says());
                let length = frame.payload.len() as u64;
                data_bytes += length;
                stream.data_bytes += length;
                assert!(
                    data_bytes <= allowed.window,
                    "beyond the window: {}",
                    says()
                );
                assert!(
                    stream.data_bytes <= allowed.stream_window(frame.stream),
                    "beyond the window: {}",
                    says()
                );
            }
            _ => {}
        }
        stream.has_ended |= matches!(frame.kind, HEADERS | DATA) && frame.has(END_STREAM)
            || frame.kind == RST_STREAM;
        if matches!(frame.kind, HEADERS | CONTINUATION) && !frame.has(END_HEADERS) {
            unfinished_head = Some(frame.stream);
        }
    }
    let may_refuse = script.owed.len() > STREAMS_MAX;
    let is_refused = |stream: &u32| {
        let refuses = |frame: &Frame| frame.stream == *stream && frame.kind == RST_STREAM;
        may_refuse && frames.iter().any(refuses)
    };
    let refused = script
        .owed
        .iter()
        .filter(|stream| is_refused(stream))
        .count();
    assert!(refused <= script.owed.len().saturating_sub(STREAMS_MAX));
    for stream in script.owed.iter().filter(|stream| !is_refused(stream)) {
        let head = frames
            .iter()
            .find(|frame| frame.stream == *stream && frame.kind == HEADERS);
        let expected = if script.malformed.contains(stream) {
            BAD_REQUEST
        } else {
            OK
        };
        assert_eq!(
            head.and_then(|head| head.payload.first()),
            Some(&expected),
            "stream {stream} of {frames:?}"
        );
    }
}

/// What the client's frames allow the server, at most: not all of them need have been taken.
struct Allowed {
    window: u64,
    initial: u64,
    updates: HashMap<u32, u64>,
    frame_bytes: usize,
    last_stream: u32,
}

impl Allowed {
    fn by(sent: &[Frame]) -> Self {
        let mut allowed = Self {
            window: WINDOW,
            initial: WINDOW,
            updates: HashMap::new(),
            frame_bytes: FRAME_BYTES_MAX,
            last_stream: 0,
        };
        for frame in sent {
            let stream = frame.stream & u32::MAX >> 1;
            allowed.last_stream = allowed.last_stream.max(stream);
            match frame.kind {
                WINDOW_UPDATE => {
                    let by = frame
                        .payload
                        .first_chunk()
                        .map_or(0, |by| u32::from_be_bytes(*by) & u32::MAX >> 1);
                    match stream {
                        0 => allowed.window += u64::from(by),
                        stream => *allowed.updates.entry(stream).or_default() += u64::from(by),
                    }
                }
                SETTINGS => allowed.settings(&frame.payload),
                _ => {}
            }
        }
        allowed
    }

    fn settings(&mut self, payload: &[u8]) {
        for setting in payload.chunks_exact(6) {
            let value = u32::from_be_bytes([setting[2], setting[3], setting[4], setting[5]]);
            match setting[1] {
                4 => self.initial = self.initial.max(value.into()),
                5 => self.frame_bytes = self.frame_bytes.max(value as usize),
                _ => {}
            }
        }
    }

    fn stream_window(&self, stream: u32) -> u64 {
        self.initial + self.updates.get(&stream).copied().unwrap_or_default()
    }
}
