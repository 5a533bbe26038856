//! Text cut into fragments, and bytes cut anywhere: a bad byte is found when it comes, good text never.

use proptest::prelude::*;
use proptest::{collection, sample};

use super::*;

/// One frame as a client sends it.
pub(in super::super) fn masked(first: u8, mask: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    if let Ok(length @ 0..126) = u8::try_from(payload.len()) {
        bytes.push(0x80 | length);
    } else {
        bytes.push(0xfe);
        let length = u16::try_from(payload.len()).expect("a short payload");
        bytes.extend(length.to_be_bytes());
    }
    bytes.extend(mask);
    let masked = payload.iter().zip(mask.iter().cycle());
    bytes.extend(masked.map(|(byte, mask)| byte ^ mask));
    bytes
}

/// Text, mostly good, in pieces.
pub(in super::super) fn texts() -> impl Strategy<Value = Vec<u8>> {
    let pieces: [&[u8]; 16] = [
        b"plain",
        "\u{7f}\u{80}".as_bytes(),
        "\u{7ff}\u{800}".as_bytes(),
        "\u{d7ff}\u{e000}".as_bytes(),
        "\u{ffff}\u{10000}".as_bytes(),
        "\u{10ffff}".as_bytes(),
        &[b'x'; 1023],
        &[b'y'; 200],
        b"\x80",
        b"\xc0\xaf",
        b"\xc3",
        b"\xe0\x9f\xbf",
        b"\xed\xa0\x80",
        b"\xf0\x8f\xbf\xbf",
        b"\xf4\x90\x80\x80",
        b"\xf5",
    ];
    // Eight in nine are good.
    let good = sample::select(pieces[..8].to_vec());
    let any = sample::select(pieces.to_vec());
    collection::vec(prop_oneof![7 => good, 1 => any], 0..8).prop_map(|pieces| pieces.concat())
}

/// The index of the first byte that no UTF-8 has at its place, by the standard library alone.
fn first_bad_byte(text: &[u8]) -> Option<usize> {
    (0..text.len()).find(|end| {
        let start = str::from_utf8(&text[..=*end]);
        start.is_err_and(|error| error.error_len().is_some())
    })
}

/// One text message as it is sent, and where its bytes are.
#[derive(Clone, Debug, Default)]
struct Sent {
    bytes: Vec<u8>,
    /// The place of each byte of the text.
    places: Vec<usize>,
    /// Where the last frame's payload begins.
    last: usize,
}

/// A message in fragments that end where `ends` says, with a ping between any two.
fn sent(text: &[u8], ends: &[usize], mask: [u8; 4]) -> Sent {
    let mut sent = Sent::default();
    let mut start = 0;
    for end in ends.iter().copied().chain([text.len()]) {
        if start > 0 {
            sent.bytes.extend(masked(0x89, mask, b"\xff"));
        }
        let continued = u8::from(sent.places.is_empty() && sent.bytes.is_empty());
        let first = continued | if end == text.len() { 0x80 } else { 0 };
        let frame = masked(first, mask, &text[start..end]);
        sent.last = sent.bytes.len() + frame.len() - (end - start);
        sent.places.extend((sent.last..).take(end - start));
        sent.bytes.extend(frame);
        start = end;
        if end == text.len() {
            break;
        }
    }
    sent
}

proptest! {
    #[test]
    fn a_bad_byte_is_found_when_it_comes(
        text in texts(),
        ends in collection::vec(any::<sample::Index>(), 0..4),
        cuts in collection::vec(any::<sample::Index>(), 0..12),
        byte_by_byte: bool,
        mask: [u8; 4],
    ) {
        let mut ends: Vec<_> = ends.iter().map(|end| end.index(text.len().max(1))).collect();
        ends.sort_unstable();
        let sent = sent(&text, &ends, mask);
        let whole = sent.bytes.len();
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(whole)).collect();
        if byte_by_byte {
            cuts = (0..whole).collect();
        }
        cuts.extend([0, whole]);
        cuts.sort_unstable();
        let bad = first_bad_byte(&text).map(|at| sent.places[at]);
        let mut frames = Frames::default();
        for cut in cuts.windows(2) {
            let (start, end) = (cut[0], cut[1]);
            let found = frames.follow(&sent.bytes[start..end]);
            // Where the last frame becomes whole, tungstenite judges.
            let is_judged_here = |bad: usize| bad < sent.last || end < whole;
            match bad.filter(|bad| (start..end).contains(bad)) {
                Some(bad) if is_judged_here(bad) => {
                    let (passed, finding) = found.expect_err("a bad byte");
                    prop_assert_eq!(finding, Finding::BadText);
                    prop_assert!(start + passed <= bad, "{} passed", passed);
                    // It is given up for good.
                    prop_assert_eq!(frames.follow(&sent.bytes[end..]), Ok(()));
                    return Ok(());
                }
                _ => prop_assert_eq!(found, Ok(()), "{}..{} of {}", start, end, whole),
            }
        }
        // The next message is judged by itself.
        prop_assert_eq!(frames.follow(&masked(0x01, mask, b"\xc3")), Ok(()));
        prop_assert_eq!(frames.follow(&masked(0x00, mask, b"\xbc")), Ok(()));
        let found = frames.follow(&masked(0x00, mask, b"\xbc"));
        prop_assert_eq!(found, Err((6, Finding::BadText)));
    }

    #[test]
    fn closing_with_1014_is_found_with_its_last_byte(reason in "[a-z\u{e4}]{0,40}", mask: [u8; 4]) {
        let payload = [b"\x03\xf6", reason.as_bytes()].concat();
        let bytes = masked(0x88, mask, &payload);
        let closed = Finding::Closed(Closed { code: 1014, reason });
        for cut in 0..bytes.len() {
            let mut frames = Frames::default();
            let (first, rest) = bytes.split_at(cut);
            prop_assert_eq!(frames.follow(&masked(0x01, mask, b"\xc3")), Ok(()));
            prop_assert_eq!(frames.follow(first), Ok(()));
            let (_, finding) = frames.follow(rest).expect_err("1014");
            prop_assert_eq!(&finding, &closed);
        }
    }
}

#[test]
fn what_is_tungstenites_to_judge_is_left_to_it() {
    let bad = masked(0x01, [1, 2, 3, 4], b"\xff");
    for (what, bytes) in [
        ("another code", masked(0x88, [0; 4], b"\x03\xf7")),
        ("no code", masked(0x88, [0; 4], b"")),
        ("half a code", masked(0x88, [0; 4], b"\x03")),
        (
            "a reason that is no text",
            masked(0x88, [0; 4], b"\x03\xf6\xff"),
        ),
        ("a close in pieces", masked(0x08, [0; 4], b"\x03\xf6")),
        (
            "a long close",
            masked(0x88, [0; 4], &[b"\x03\xf6", &[b'x'; 124][..]].concat()),
        ),
        ("a reserved bit", masked(0xc1, [0; 4], b"x")),
        ("an unknown kind", masked(0x83, [0; 4], b"x")),
        ("the rest of nothing", masked(0x80, [0; 4], b"x")),
        ("no mask", vec![0x81, 1, b'x']),
    ] {
        let mut frames = Frames::default();
        assert_eq!(frames.follow(&bytes), Ok(()), "{what}");
        assert_eq!(frames.follow(&bad), Ok(()), "after {what}");
    }
}
