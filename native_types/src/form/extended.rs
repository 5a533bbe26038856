//! Values of parameters that name their charset (RFC 8187), or come in numbered pieces (RFC 2231), as mail libraries write them.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// `UTF-8''na%C3%AFve.txt` (RFC 8187 section 3.2).
///
/// # Errors
///
/// What is wrong with it.
pub(super) fn extended_value(value: &str) -> Result<String, &'static str> {
    let (charset, text) = charset_and_text(value)?;
    decoded(charset, percent_decode_str(text).collect())
}

fn charset_and_text(value: &str) -> Result<(&str, &str), &'static str> {
    let mut parts = value.splitn(3, '\'');
    let (Some(charset), Some(_language), Some(text)) = (parts.next(), parts.next(), parts.next())
    else {
        return Err("has a malformed extended parameter, not charset'language'text");
    };
    Ok((charset, text))
}

fn decoded(charset: &str, bytes: Vec<u8>) -> Result<String, &'static str> {
    match charset.to_ascii_lowercase().as_str() {
        "utf-8" | "us-ascii" => {
            String::from_utf8(bytes).map_err(|_| "has an extended parameter that is not UTF-8")
        }
        "iso-8859-1" => Ok(bytes.into_iter().map(char::from).collect()),
        _ => Err("has an extended parameter in a charset that is not UTF-8 or ISO-8859-1"),
    }
}

/// The pieces of one value: `filename*0*=UTF-8''na%C3%AFve; filename*1=.txt` (RFC 2231 section 3 and 4.1).
#[derive(Default)]
pub(super) struct Pieces<'v> {
    pieces: Vec<Piece<'v>>,
}

struct Piece<'v> {
    number: usize,
    /// Whether bytes stand there as `%C3`.
    is_encoded: bool,
    text: Cow<'v, str>,
}

impl<'v> Pieces<'v> {
    /// Keeps a piece; `form` is what follows the first star of its key: `0` or `0*`.
    ///
    /// # Errors
    ///
    /// For what is no number.
    pub(super) fn take(&mut self, form: &str, text: Cow<'v, str>) -> Result<(), &'static str> {
        let digits = form.strip_suffix('*').unwrap_or(form);
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit())
            && (digits == "0" || !digits.starts_with('0'));
        let number = digits.parse().ok().filter(|_| is_number);
        self.pieces.push(Piece {
            number: number.ok_or("has a malformed parameter")?,
            is_encoded: digits != form,
            text,
        });
        Ok(())
    }

    /// All of them, in the order of their numbers; `None` where there is none.
    ///
    /// # Errors
    ///
    /// Where one is missing or there twice, and for what does not decode.
    pub(super) fn whole(mut self) -> Result<Option<String>, &'static str> {
        self.pieces.sort_by_key(|piece| piece.number);
        let Some(first) = self.pieces.first() else {
            return Ok(None);
        };
        let numbers = self.pieces.iter().map(|piece| piece.number);
        if !numbers.eq(0..self.pieces.len()) {
            return Err("has a parameter in pieces that are not numbered from 0");
        }
        let (charset, begin) = if first.is_encoded {
            charset_and_text(&first.text)?
        } else {
            ("utf-8", &*first.text)
        };
        let mut bytes = Vec::new();
        for piece in &self.pieces {
            let text = if piece.number == 0 {
                begin
            } else {
                &*piece.text
            };
            if piece.is_encoded {
                bytes.extend(percent_decode_str(text));
            } else {
                bytes.extend_from_slice(text.as_bytes());
            }
        }
        decoded(charset, bytes).map(Some)
    }
}
