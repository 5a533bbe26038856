//! The parameters of a header's value (RFC 9110 section 5.6.6).

/// The parts between semicolons that are not in a quoted string.
pub(crate) fn parameters(value: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    value.split(move |c: char| {
        let was_escaped = std::mem::take(&mut is_escaped);
        match c {
            '"' if !was_escaped => is_quoted = !is_quoted,
            '\\' if is_quoted && !was_escaped => is_escaped = true,
            ';' => return !is_quoted,
            _ => {}
        }
        false
    })
}
