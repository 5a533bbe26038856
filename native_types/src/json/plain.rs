//! Which bytes stand in a JSON string as they are: ASCII without quotes, backslashes and control characters.
//!
//! Both ways: what is written as it is, and what is read as it is.

/// Whether a byte is plain.
pub(super) const fn is_plain(byte: u8) -> bool {
    byte >= b' ' && byte != b'"' && byte != b'\\' && byte < 0x80
}

/// How many bytes from the beginning on are plain.
#[inline]
pub(super) fn plain_length(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let marks = not_plain(u64::from_le_bytes(*word));
        if marks != 0 {
            return index * 8 + (marks.trailing_zeros() / 8) as usize;
        }
    }
    let found = rest.iter().position(|&byte| !is_plain(byte));
    words.len() * 8 + found.unwrap_or(rest.len())
}

/// The highest bit of each byte that is not plain. Right up to the first such byte, the lowest; what comes after may be wrong.
const fn not_plain(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * ONES;
    // A byte below `n` is the one that borrows when `n` is taken from it.
    let control = word.wrapping_sub(b' ' as u64 * ONES);
    let quote = (word ^ (b'"' as u64 * ONES)).wrapping_sub(ONES);
    let backslash = (word ^ (b'\\' as u64 * ONES)).wrapping_sub(ONES);
    ((control | quote | backslash) & !word | word) & HIGH
}

#[cfg(test)]
mod tests {
    use super::{is_plain, plain_length};

    /// Each pair of bytes at each place: a byte must not be taken for another because of its neighbour.
    #[test]
    fn plain_bytes_end_at_the_first_that_is_not() {
        for length in [1, 7, 8, 9, 17] {
            for place in 0..length {
                for (first, second) in
                    (0..=u8::MAX).flat_map(|first| (0..=u8::MAX).map(move |second| (first, second)))
                {
                    let mut bytes = vec![b'a'; length];
                    bytes[place] = first;
                    if let Some(next) = bytes.get_mut(place + 1) {
                        *next = second;
                    }
                    let expected = bytes.iter().position(|&byte| !is_plain(byte));
                    assert_eq!(
                        plain_length(&bytes),
                        expected.unwrap_or(length),
                        "{bytes:?}"
                    );
                }
            }
        }
    }
}
