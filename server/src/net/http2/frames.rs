//! Where each frame begins and ends (RFC 9113 section 4.1), and what it costs.
//!
//! h2 reads the frames; here only their heads are looked at. h2 gives up a client that sends too many empty or small DATA
//! frames, too long a list of fields, or that resets streams faster than they are seen. What it takes without end is counted
//! here, and what makes it reset streams.

use super::preface::PREFACE;

pub(super) const HEAD_BYTES: usize = 9;

/// The types of frames that are told apart (RFC 9113 section 6).
pub(super) mod kind {
    pub(in crate::net::http2) const DATA: u8 = 0;
    pub(in crate::net::http2) const HEADERS: u8 = 1;
    pub(in crate::net::http2) const RST_STREAM: u8 = 3;
    pub(in crate::net::http2) const SETTINGS: u8 = 4;
    pub(in crate::net::http2) const WINDOW_UPDATE: u8 = 8;
    pub(in crate::net::http2) const CONTINUATION: u8 = 9;
}

/// The flag that ends a header block (RFC 9113 section 6.2).
const END_HEADERS: u8 = 4;

/// What a frame that brings nothing costs.
pub(super) const COST: u32 = 1;

/// What a frame costs that makes more work than the client has with it: a request that is withdrawn after it was begun (rapid
/// reset, CVE-2023-44487), settings that are applied to each stream.
pub(super) const HIGH_COST: u32 = 10;

/// How many frames are read before what they made h2 send goes out, and is paid for.
const FRAMES_AT_ONCE: usize = 128;

/// What a connection may cost at once.
pub(super) const CREDIT_MAX: u32 = 10_000;

/// How much of that comes back in a second.
const CREDIT_PER_SECOND: u64 = 1_000;

/// Follows the frames that come on one connection, however their bytes are cut into pieces.
#[derive(Debug)]
pub(super) struct Frames {
    /// The head of the next frame, as far as it is there.
    head: [u8; HEAD_BYTES],
    head_length: usize,
    /// How much of the frame's content is still to come.
    left: usize,
    kind: u8,
    /// Whether nothing but the rest of a header block may come (RFC 9113 section 4.3).
    is_in_block: bool,
    start: Start,
    /// How many have come since somebody asked.
    count: usize,
    /// Whether more was spent than there was.
    is_overdrawn: bool,
    /// What may still be spent, and when that was known, in milliseconds.
    credit: u32,
    credited_ms: u64,
}

/// What is left unfinished where the bytes end for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfinished {
    /// Nothing.
    Nothing,
    /// A frame of a body.
    Data,
    /// Another frame, the preface, or a header block.
    Head,
}

/// What was of the beginning of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    Preface,
    Settings,
    Over,
}

/// Why nothing more is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The client has spent too much.
    TooMuch,
    /// No SETTINGS come behind the preface, which h2 does not look for (RFC 9113 section 3.4).
    NoSettings,
}

/// What was found in some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) unfinished: Unfinished,
    /// Whether it was begun in these bytes.
    pub(super) is_new: bool,
    /// Set when nothing more is to be read: how many of the bytes belong to what was read, up to the end of the frame that
    /// was too much.
    pub(super) refused: Option<(usize, Refusal)>,
}

impl Frames {
    /// Follows a connection from its preface on. Times are in milliseconds.
    pub(super) fn new(now_ms: u64) -> Self {
        Self {
            head: [0; HEAD_BYTES],
            head_length: 0,
            left: PREFACE.len(),
            kind: kind::HEADERS,
            is_in_block: false,
            start: Start::Preface,
            count: 0,
            is_overdrawn: false,
            credit: CREDIT_MAX,
            credited_ms: now_ms,
        }
    }

    /// Looks at the bytes that came next.
    pub(super) fn follow(&mut self, bytes: &[u8], now_ms: u64) -> Found {
        self.earn(now_ms);
        let mut is_new = false;
        let mut rest = bytes;
        let mut refused = None;
        while refused.is_none() && !rest.is_empty() {
            if self.left == 0 && self.head_length < HEAD_BYTES {
                rest = self.fill_head(rest);
                if self.head_length < HEAD_BYTES {
                    break;
                }
                self.begin();
            }
            let count = self.left.min(rest.len());
            self.left -= count;
            rest = &rest[count..];
            if self.left == 0 {
                self.head_length = 0;
                let read = bytes.len() - rest.len();
                refused = self.end().err().map(|refusal| (read, refusal));
                is_new |= !self.is_one_with_next();
            }
        }
        let unfinished = self.unfinished();
        Found {
            unfinished,
            is_new,
            refused,
        }
    }

    fn fill_head<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let count = (HEAD_BYTES - self.head_length).min(bytes.len());
        let (first, rest) = bytes.split_at(count);
        self.head[self.head_length..][..count].copy_from_slice(first);
        self.head_length += count;
        rest
    }

    fn begin(&mut self) {
        let [high, middle, low, kind, flags, ..] = self.head;
        self.left = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        self.kind = kind;
        if matches!(kind, kind::HEADERS | kind::CONTINUATION) {
            self.is_in_block = flags & END_HEADERS == 0;
        }
    }

    /// Whether the next frame is to come as if it were the rest of this one: a header block's, or SETTINGS behind the preface.
    fn is_one_with_next(&self) -> bool {
        self.is_in_block || self.start != Start::Over
    }

    /// Whether enough frames have come for now. Asked again, whether as many more have.
    pub(super) fn are_enough(&mut self) -> bool {
        let are_enough = self.count >= FRAMES_AT_ONCE;
        if are_enough {
            self.count = 0;
        }
        are_enough
    }

    /// A frame has ended.
    fn end(&mut self) -> Result<(), Refusal> {
        self.count += 1;
        match self.start {
            Start::Over => {}
            Start::Preface => self.start = Start::Settings,
            Start::Settings if self.kind == kind::SETTINGS => self.start = Start::Over,
            Start::Settings => return Err(Refusal::NoSettings),
        }
        if self.pay() {
            Ok(())
        } else {
            Err(Refusal::TooMuch)
        }
    }

    /// What is left unfinished where the bytes end for now.
    pub(super) fn unfinished(&self) -> Unfinished {
        match (self.head_length, self.left) {
            _ if self.is_one_with_next() => Unfinished::Head,
            (0, 0) => Unfinished::Nothing,
            (_, 1..) if self.kind == kind::DATA => Unfinished::Data,
            _ => Unfinished::Head,
        }
    }

    fn earn(&mut self, now_ms: u64) {
        let passed = now_ms.saturating_sub(self.credited_ms);
        let earned = passed.saturating_mul(CREDIT_PER_SECOND) / 1_000;
        let earned = u32::try_from(earned).unwrap_or(CREDIT_MAX);
        self.credit = self.credit.saturating_add(earned).min(CREDIT_MAX);
        self.credited_ms = now_ms;
    }

    /// Pays for a frame; whether there was enough for it, and for all before.
    fn pay(&mut self) -> bool {
        self.charge(match self.kind {
            // Their number is limited otherwise: by windows, by streams, or by h2.
            kind::DATA | kind::HEADERS | kind::WINDOW_UPDATE => 0,
            kind::RST_STREAM | kind::SETTINGS => HIGH_COST,
            _ => COST,
        });
        !self.is_overdrawn
    }

    /// Takes something off the credit. Where there is not enough, the next frame is the last.
    pub(super) fn charge(&mut self, cost: u32) {
        let left = self.credit.checked_sub(cost);
        self.is_overdrawn |= left.is_none();
        self.credit = left.unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PING: u8 = 6;

    fn frame(kind: u8, flags: u8, length: u8) -> Vec<u8> {
        let head = [0, 0, length, kind, flags, 0, 0, 0, 1];
        [head.as_slice(), &vec![0; length.into()]].concat()
    }

    /// Behind the preface and SETTINGS, which are not counted.
    fn open() -> Frames {
        let mut frames = Frames::new(0);
        let preface = frames.follow(&PREFACE[..23], 0);
        assert_eq!(preface.unfinished, Unfinished::Head);
        let preface = frames.follow(&PREFACE[23..], 0);
        assert_eq!(
            (preface.unfinished, preface.is_new),
            (Unfinished::Head, false)
        );
        let found = frames.follow(&frame(kind::SETTINGS, 0, 0), 0);
        assert_eq!(
            (found.unfinished, found.refused),
            (Unfinished::Nothing, None)
        );
        frames.credit = CREDIT_MAX;
        frames
    }

    #[test]
    fn settings_come_first() {
        let mut frames = Frames::new(0);
        let ping = frame(PING, 0, 8);
        let sent = [PREFACE, ping.as_slice(), &ping].concat();
        let read = PREFACE.len() + ping.len();
        assert_eq!(
            frames.follow(&sent, 0).refused,
            Some((read, Refusal::NoSettings))
        );
    }

    #[test]
    fn what_is_unfinished_is_known_at_each_byte() {
        let sent = [
            frame(kind::HEADERS, 0, 3),
            frame(kind::CONTINUATION, 0, 0),
            frame(kind::CONTINUATION, END_HEADERS, 2),
            frame(kind::DATA, 0, 4),
            frame(PING, 0, 8),
        ]
        .concat();
        let mut frames = open();
        let mut told = String::new();
        for (at, byte) in sent.iter().enumerate() {
            let found = frames.follow(&[*byte], 0);
            told.push(match found.unfinished {
                Unfinished::Nothing => '.',
                Unfinished::Data => 'd',
                Unfinished::Head => 'h',
            });
            assert_eq!(
                found.is_new,
                found.unfinished == Unfinished::Nothing,
                "at {at}"
            );
            let mut whole = open();
            assert_eq!(
                whole.follow(&sent[..=at], 0).unfinished,
                found.unfinished,
                "at {at}"
            );
        }
        let expected = [
            "h".repeat(12 + 9 + 10),
            ".".into(),
            "h".repeat(8),
            "d".repeat(4),
            ".".into(),
            "h".repeat(16),
            ".".into(),
        ];
        assert_eq!(told, expected.concat());
    }

    #[test]
    fn what_was_begun_in_the_same_bytes_is_new() {
        let mut frames = open();
        let ping = frame(PING, 0, 8);
        assert!(!frames.follow(&ping[..10], 0).is_new);
        let rest = [&ping[10..], &ping[..1]].concat();
        let found = frames.follow(&rest, 0);
        assert_eq!((found.unfinished, found.is_new), (Unfinished::Head, true));
        assert!(!frames.follow(&ping[1..3], 0).is_new);
    }

    #[test]
    fn frames_that_bring_nothing_are_too_many_at_last() {
        for (kind, cost) in [
            (kind::RST_STREAM, 10),
            (kind::SETTINGS, 10),
            (PING, 1),
            (kind::CONTINUATION, 1),
            (2, 1),
            (250, 1),
        ] {
            let mut frames = open();
            let one = frame(kind, 0, 4);
            let times = (CREDIT_MAX / cost) as usize;
            assert_eq!(frames.follow(&one.repeat(times), 0).refused, None, "{kind}");
            let more = one.repeat(2);
            assert_eq!(
                frames.follow(&more, 0).refused,
                Some((one.len(), Refusal::TooMuch)),
                "{kind}"
            );
        }
    }

    #[test]
    fn what_the_server_does_because_of_them_is_paid_for() {
        let mut frames = open();
        let data = frame(kind::DATA, 0, 4);
        frames.charge(CREDIT_MAX);
        assert_eq!(frames.follow(&data, 0).refused, None);
        assert_eq!(frames.follow(&data[..5], 0).refused, None);
        frames.charge(COST);
        let rest = [&data[5..], &data].concat();
        let refused = frames.follow(&rest, 0).refused;
        assert_eq!(refused, Some((data.len() - 5, Refusal::TooMuch)));
    }

    #[test]
    fn credit_comes_back_with_time() {
        let mut frames = open();
        let one = frame(PING, 0, 8);
        assert_eq!(frames.follow(&one.repeat(10_000), 0).refused, None);
        assert_eq!(frames.follow(&one.repeat(500), 500).refused, None);
        assert_eq!(
            frames.follow(&one, 500).refused,
            Some((one.len(), Refusal::TooMuch))
        );
    }

    #[test]
    fn frames_that_bring_something_cost_nothing() {
        for kind in [kind::DATA, kind::HEADERS, kind::WINDOW_UPDATE] {
            let mut frames = open();
            let many = frame(kind, END_HEADERS, 4).repeat(50_000);
            assert_eq!(frames.follow(&many, 0).refused, None, "{kind}");
        }
    }
}
