//! Sizes: bytes as a number, or with the suffixes of the powers of 1024.

use super::given::{Given, Value};
use super::shape::{Shape, string};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
const GIB: usize = 1 << 30;

/// From the largest to the smallest, as they are tried when a size is written.
const SUFFIXES: [(&str, usize); 3] = [("GiB", GIB), ("MiB", MIB), ("KiB", KIB)];

/// A number of bytes from `min` to `max`.
pub(super) struct Bytes {
    pub(super) min: usize,
    pub(super) max: usize,
}

impl Shape for Bytes {
    type Value = usize;

    fn allowed(&self) -> String {
        let (min, max) = (with_suffix(self.min), with_suffix(self.max));
        format!("bytes from {min} to {max}, a plain integer or with the suffix KiB, MiB or GiB")
    }

    fn read<'g>(&self, given: &'g Given) -> Result<usize, &'g Given> {
        let bytes = match &given.value {
            Value::Word(text) | Value::String(text) => parse(text),
            Value::Integer(integer) => usize::try_from(*integer).ok(),
            Value::Float(_) | Value::Boolean(_) | Value::List(_) | Value::Unusable => None,
        };
        bytes
            .filter(|bytes| (self.min..=self.max).contains(bytes))
            .ok_or(given)
    }

    fn write(&self, value: &usize) -> String {
        let text = with_suffix(*value);
        if text.contains(' ') {
            string(&text)
        } else {
            text
        }
    }
}

fn parse(text: &str) -> Option<usize> {
    let suffixed = SUFFIXES
        .iter()
        .find_map(|(suffix, unit)| Some((text.strip_suffix(suffix)?, *unit)));
    let (number, unit) = suffixed.map_or((text, 1), |(number, unit)| (number.trim_end(), unit));
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    number.parse::<usize>().ok()?.checked_mul(unit)
}

fn with_suffix(bytes: usize) -> String {
    match SUFFIXES
        .iter()
        .find(|(_, unit)| bytes > 0 && bytes.is_multiple_of(*unit))
    {
        Some((suffix, unit)) => format!("{} {suffix}", bytes / unit),
        None => bytes.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_is_read_with_and_without_suffix() {
        for (text, bytes) in [
            ("0", 0),
            ("1000", 1000),
            ("8KiB", 8 * KIB),
            ("16 MiB", 16 * MIB),
            ("3GiB", 3 * GIB),
        ] {
            assert_eq!(parse(text), Some(bytes), "{text}");
        }
    }

    #[test]
    fn size_refuses_other_units_signs_and_overflow() {
        for text in [
            "",
            "MiB",
            "1MB",
            "1 kib",
            "+1",
            "-1",
            "1.5MiB",
            "1 MiB ",
            "18446744073709551616",
            "18014398509481984 GiB",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn size_is_written_with_the_largest_suffix_that_divides_it() {
        for (bytes, text) in [
            (0, "0"),
            (1023, "1023"),
            (KIB, "1 KiB"),
            (1536 * KIB, "1536 KiB"),
            (16 * MIB, "16 MiB"),
            (64 * GIB, "64 GiB"),
        ] {
            assert_eq!(with_suffix(bytes), text);
            assert_eq!(parse(text), Some(bytes));
        }
    }
}
