//! How a float is spelled: the shortest digits that read back as the same number, as Python's `repr` spells it.

/// From here on `repr` writes an exponent.
const EXPONENT_FROM: f64 = 1e16;

/// Below this `repr` writes an exponent.
const EXPONENT_BELOW: f64 = 1e-4;

/// Writes a finite number.
pub(super) fn write(out: &mut Vec<u8>, number: f64) {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(number);
    let magnitude = number.abs();
    if magnitude < EXPONENT_FROM && (magnitude >= EXPONENT_BELOW || magnitude == 0.0) {
        out.extend_from_slice(text.as_bytes());
    } else {
        write_with_exponent(out, text);
    }
}

/// Spells `text`, some form of a number other than 0, as `d.ddde-XX`.
fn write_with_exponent(out: &mut Vec<u8>, text: &str) {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if unsigned.len() < text.len() {
        out.push(b'-');
    }
    let (mantissa, exponent) = unsigned.split_once('e').unwrap_or((unsigned, "0"));
    let exponent: i32 = exponent.parse().expect("zmij writes a number");
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = [whole, fraction].concat();
    let zeros = all.bytes().take_while(|&byte| byte == b'0').count();
    let digits = all[zeros..].trim_end_matches('0');
    let places = |text: &str| i32::try_from(text.len()).expect("some twenty digits");
    let exponent = exponent + places(whole) - 1 - places(&all[..zeros]);
    let (first, rest) = digits.split_at(1);
    out.extend_from_slice(first.as_bytes());
    if !rest.is_empty() {
        out.push(b'.');
        out.extend_from_slice(rest.as_bytes());
    }
    out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
    out.extend_from_slice(format!("{:02}", exponent.abs()).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::write;

    #[test]
    fn floats_are_spelled_as_python_spells_them() {
        // Each as `repr` gives it.
        let rows = [
            "0.0",
            "-0.0",
            "1.0",
            "-1.5",
            "0.1",
            "0.0001",
            "0.00012345",
            "1e-05",
            "1.2345e-05",
            "-9.999e-05",
            "123456789012345.6",
            "1000000000000000.0",
            "9999999999999998.0",
            "1e+16",
            "1.2345678901234568e+17",
            "1e+22",
            "-1e+100",
            "1.7976931348623157e+308",
            "5e-324",
            "2.2250738585072014e-308",
            "1e-10",
        ];
        for row in rows {
            let mut out = Vec::new();
            write(&mut out, row.parse().unwrap());
            assert_eq!(String::from_utf8(out).unwrap(), row);
        }
    }
}
