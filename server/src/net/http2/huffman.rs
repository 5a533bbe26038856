//! The code of strings in header blocks (RFC 7541 appendix B). It is canonical: the codes of a length follow each other.

/// Of each length of codes, in bits: where they end (as the first bits of 32), and how many codes come before those of this
/// length, less the first of them.
const LENGTHS: [(u32, u32, u32); 21] = lengths();

/// How many codes there are of which lengths; the last are all ones, which end a string.
const COUNTS: [(u32, u32); 21] = [
    (5, 10),
    (6, 26),
    (7, 32),
    (8, 6),
    (10, 5),
    (11, 3),
    (12, 2),
    (13, 6),
    (14, 2),
    (15, 3),
    (19, 3),
    (20, 8),
    (21, 13),
    (22, 26),
    (23, 29),
    (24, 12),
    (25, 4),
    (26, 15),
    (27, 19),
    (28, 29),
    (30, 4),
];

/// What the shortest codes stand for. All others are bytes that are rare in text.
const SYMBOLS: &[u8; 95] =
    b"012aceiost %-./3456789=A_bdfghlmnpru:BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz&*,;XZ!\"()?'+|#>\0$@[]~^}<`{";

/// What is given in place of a rare byte.
const RARE: u8 = 0;

const fn lengths() -> [(u32, u32, u32); 21] {
    let mut lengths = [(0, 0, 0); 21];
    // The next code, as the first bits of 32, and how many came before.
    let (mut next, mut before) = (0_u64, 0_u32);
    let mut at = 0;
    while at < lengths.len() {
        let (bits, count) = COUNTS[at];
        #[expect(
            clippy::cast_possible_truncation,
            reason = "below 2^32, but for the very end"
        )]
        let first = (next >> (32 - bits)) as u32;
        next += (count as u64) << (32 - bits);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the last bit of the very end is left out"
        )]
        let last = (next - 1) as u32;
        lengths[at] = (bits, last, before.wrapping_sub(first));
        before += count;
        at += 1;
    }
    lengths
}

/// Takes each byte of a string in turn; a rare one as [`RARE`]. What is left at the end is padding.
pub(super) fn decode(coded: &[u8], mut take: impl FnMut(u8)) {
    // The next bits, the first of them as the highest.
    let (mut window, mut known) = (0_u64, 0_u32);
    let mut rest = coded.iter();
    loop {
        while known <= 32
            && let Some(byte) = rest.next()
        {
            window |= u64::from(*byte) << (56 - known);
            known += 8;
        }
        let next = (window >> 32) as u32;
        let length = LENGTHS.iter().find(|(_, last, _)| next <= *last);
        let Some((bits, _, offset)) = length.filter(|(bits, ..)| *bits <= known) else {
            return;
        };
        let symbol = (next >> (32 - bits)).wrapping_add(*offset);
        take(SYMBOLS.get(symbol as usize).copied().unwrap_or(RARE));
        window <<= bits;
        known -= bits;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(coded: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        decode(coded, |byte| bytes.push(byte));
        bytes
    }

    #[test]
    fn strings_of_the_rfc_are_read() {
        let rows: [(&[u8], &[u8]); 5] = [
            (
                b"\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff",
                b"www.example.com",
            ),
            (b"\xa8\xeb\x10\x64\x9c\xbf", b"no-cache"),
            (
                b"\x9d\x29\xad\x17\x18\x63\xc7\x8f\x0b\x97\xc8\xe9\xae\x82\xae\x43\xd3",
                b"https://www.example.com",
            ),
            (b"\xb9\x58\xd3\x3f", b":path"),
            (b"", b""),
        ];
        for (coded, plain) in rows {
            assert_eq!(decoded(coded), plain);
        }
    }

    #[test]
    fn rare_bytes_are_counted() {
        // 0xff has 26 bits, 0x16 has 30; the rest is padding.
        let both = (0x3ff_ffee_u64 << 38 | 0x3fff_fffe << 8 | 0xff).to_be_bytes();
        assert_eq!(decoded(&both), [RARE, RARE]);
        assert!(decoded(&[0xff]).is_empty(), "padding");
    }
}
