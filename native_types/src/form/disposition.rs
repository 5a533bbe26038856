//! `Content-Disposition` of a part (RFC 7578 section 4.2), as browsers, mail libraries and other clients write it.

use std::borrow::Cow;

use super::extended::{Pieces, extended_value};

/// White space between the parts of a header (RFC 9110 section 5.6.3).
const SPACE: [char; 2] = [' ', '\t'];

/// What the header says of its part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Disposition {
    pub(super) name: String,
    /// There for files only; may be empty, where a browser's user has chosen none.
    pub(super) filename: Option<String>,
}

impl Disposition {
    /// Reads the header's value. Of a parameter that is repeated the first counts; `filename*` and `filename*0`, which RFC
    /// 7578 forbids and some clients send, come before `filename` (RFC 6266 section 4.3); so do `name*` and `name*0`.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(super) fn parse(value: &[u8]) -> Result<Self, &'static str> {
        let value = std::str::from_utf8(value).map_err(|_| "is not UTF-8")?;
        let (kind, mut rest) = value.split_once(';').unwrap_or((value, ""));
        if !kind.trim_matches(SPACE).eq_ignore_ascii_case("form-data") {
            return Err("is not form-data");
        }
        let (mut name, mut filename) = (Values::default(), Values::default());
        while let Some(parameter) = Parameter::first(rest)? {
            rest = parameter.behind;
            let key = parameter.key.to_ascii_lowercase();
            if let Some(form) = key.strip_prefix("filename") {
                filename.take(form, parameter.value)?;
            } else if let Some(form) = key.strip_prefix("name") {
                name.take(form, parameter.value)?;
            }
        }
        Ok(Self {
            name: name.whole()?.ok_or("has no name")?,
            filename: filename.whole()?,
        })
    }
}

/// The forms in which one value was given.
#[derive(Default)]
struct Values<'v> {
    plain: Option<Cow<'v, str>>,
    extended: Option<Cow<'v, str>>,
    pieces: Pieces<'v>,
}

impl<'v> Values<'v> {
    /// Keeps a value; `form` is what follows the name in the key: nothing, `*`, `*0` or `*0*`.
    fn take(&mut self, form: &str, value: Cow<'v, str>) -> Result<(), &'static str> {
        match form {
            "" => self.plain.get_or_insert(value),
            "*" => self.extended.get_or_insert(value),
            _ if form.starts_with('*') => return self.pieces.take(&form[1..], value),
            _ => return Ok(()),
        };
        Ok(())
    }

    fn whole(self) -> Result<Option<String>, &'static str> {
        if let Some(value) = &self.extended {
            return extended_value(value).map(Some);
        }
        let pieces = self.pieces.whole()?;
        Ok(pieces.or_else(|| self.plain.as_deref().map(without_percent_escapes)))
    }
}

/// One parameter, and what follows it.
struct Parameter<'v> {
    key: &'v str,
    /// Without quotes.
    value: Cow<'v, str>,
    behind: &'v str,
}

impl<'v> Parameter<'v> {
    /// The first of `rest`, which may begin with semicolons; `None` where there is none.
    fn first(rest: &'v str) -> Result<Option<Self>, &'static str> {
        const MALFORMED: &str = "has a malformed parameter";
        let rest = rest.trim_start_matches([' ', '\t', ';']);
        if rest.is_empty() {
            return Ok(None);
        }
        let (key, value) = rest.split_once('=').ok_or(MALFORMED)?;
        if key.contains(';') {
            return Err(MALFORMED);
        }
        let value = value.trim_start_matches(SPACE);
        let (value, behind) = if let Some(quoted) = value.strip_prefix('"') {
            unquoted(quoted)?
        } else {
            let (token, behind) = value.split_once(';').unwrap_or((value, ""));
            (Cow::Borrowed(token.trim_end_matches(SPACE)), behind)
        };
        Ok(Some(Self {
            key: key.trim_end_matches(SPACE),
            value,
            behind,
        }))
    }
}

/// What stands before the closing quote, and what follows it.
///
/// Clients write quotes in two ways. Browsers and curl write `%22` and leave backslashes alone, so that the first quote is
/// the end, whatever stands before it (WHATWG HTML, multipart/form-data encoding algorithm). Go, Java and older clients
/// put a backslash before quotes and backslashes (RFC 9110 section 5.6.4). The second is tried first: where it does not
/// end before a semicolon or the end of the header, it was the first.
fn unquoted(quoted: &str) -> Result<(Cow<'_, str>, &str), &'static str> {
    let mut ends = [escaped_end(quoted), quoted.find('"')]
        .into_iter()
        .flatten();
    let mut why = "has a quoted string that does not end";
    ends.find_map(|end| {
        let behind = quoted[end + 1..].trim_start_matches(SPACE);
        if behind.is_empty() || behind.starts_with(';') {
            return Some((unescaped(&quoted[..end]), behind));
        }
        why = "has text after a quoted string";
        None
    })
    .ok_or(why)
}

/// Where the first quote stands that has no backslash of its own before it.
fn escaped_end(quoted: &str) -> Option<usize> {
    let mut is_escaped = false;
    quoted.bytes().position(|byte| {
        let was_escaped = std::mem::take(&mut is_escaped);
        is_escaped = byte == b'\\' && !was_escaped;
        byte == b'"' && !was_escaped
    })
}

/// Text without the backslashes of a client that puts one before each quote and backslash. Where a backslash stands before
/// anything else, or at the end, the client does not do so: old ones send paths.
fn unescaped(inner: &str) -> Cow<'_, str> {
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    let (mut has_quote, mut is_path) = (false, false);
    while let Some(c) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        if let Some(next @ ('"' | '\\')) = chars.as_str().chars().next() {
            has_quote |= next == '"';
            text.extend(chars.next());
        } else {
            is_path = true;
            text.push('\\');
        }
    }
    // A quote within can't be there but behind a backslash.
    if is_path && !has_quote {
        return Cow::Borrowed(inner);
    }
    Cow::Owned(text)
}

/// Text in which quotes and line ends stand as a browser writes them.
fn without_percent_escapes(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let text = text.replace("%22", "\"");
    let text = text.replace("%0D", "\r").replace("%0d", "\r");
    text.replace("%0A", "\n").replace("%0a", "\n")
}

#[cfg(test)]
mod tests;
