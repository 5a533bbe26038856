//! HTTP/1 requests read by the letter of RFC 9112, from bytes that are all there: short and slow, to compare others with.
//!
//! Section numbers are those of RFC 9112.

use std::ops::ControlFlow;

/// One request.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Request {
    pub method: Vec<u8>,
    pub target: Vec<u8>,
    /// The `y` of HTTP/1.y.
    pub minor: u8,
    /// As they came, without white space around the values.
    pub fields: Vec<(Vec<u8>, Vec<u8>)>,
    pub is_chunked: bool,
    pub body: Vec<u8>,
    /// How many bytes the head takes, and empty lines before it.
    pub head_bytes: usize,
    /// The RFC allows it, and a server may refuse it all the same, for its size or its oddness.
    pub is_doubtful: bool,
}

impl Request {
    /// The values of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let is_meant =
            move |field: &&(Vec<u8>, Vec<u8>)| field.0.eq_ignore_ascii_case(name.as_bytes());
        self.fields
            .iter()
            .filter(is_meant)
            .map(|(_, value)| value.as_slice())
    }

    /// Whether a list of words has this one.
    pub fn has_word(&self, name: &str, word: &str) -> bool {
        let mut words = self
            .all(name)
            .flat_map(|value| value.split(|byte| *byte == b','));
        words.any(|found| found.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
    }
}

/// What bytes begin with.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// A request, and how many bytes it takes.
    Request(Box<Request>, usize),
    /// Nothing but empty lines.
    Nothing,
    /// Less than a request.
    More,
    /// No request. `is_framing`: so that readers might disagree on where it ends.
    Wrong { is_framing: bool, at: usize },
}

/// Ends the reading early.
type Read<T> = ControlFlow<Next, T>;

/// A line that is read as it is allowed to be may be refused by a server from this length on.
pub const LONG_LINE: usize = 200;

/// The next request.
pub fn next(bytes: &[u8]) -> Next {
    let mut reader = Reader { bytes, at: 0 };
    match reader.request() {
        ControlFlow::Continue(request) => Next::Request(Box::new(request), reader.at),
        ControlFlow::Break(other) => other,
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn wrong<T>(&self, is_framing: bool) -> Read<T> {
        ControlFlow::Break(Next::Wrong {
            is_framing,
            at: self.at.saturating_sub(1),
        })
    }

    fn expect(&self, is_well_formed: bool, is_framing: bool) -> Read<()> {
        if is_well_formed {
            ControlFlow::Continue(())
        } else {
            self.wrong(is_framing)
        }
    }

    /// A line, without the CR LF that ends it (section 2.2).
    fn line(&mut self) -> Read<&'a [u8]> {
        let rest = &self.bytes[self.at..];
        let Some(length) = rest.iter().position(|byte| *byte == b'\n') else {
            return ControlFlow::Break(Next::More);
        };
        self.at += length + 1;
        match rest[..length].strip_suffix(b"\r") {
            Some(line) => ControlFlow::Continue(line),
            None => self.wrong(true),
        }
    }

    fn take(&mut self, count: u64) -> Read<&'a [u8]> {
        let rest = &self.bytes[self.at..];
        match usize::try_from(count)
            .ok()
            .and_then(|count| rest.get(..count))
        {
            Some(taken) => {
                self.at += taken.len();
                ControlFlow::Continue(taken)
            }
            None => ControlFlow::Break(Next::More),
        }
    }

    fn request(&mut self) -> Read<Request> {
        while self.bytes[self.at..].starts_with(b"\r\n") {
            self.at += 2;
        }
        if self.at == self.bytes.len() {
            return ControlFlow::Break(Next::Nothing);
        }
        let mut request = self.request_line()?;
        while let Some((name, value, length)) = self.field()? {
            request.is_doubtful |= length > LONG_LINE && is_about_length(&name);
            request.fields.push((name, value));
        }
        request.head_bytes = self.at;
        self.body(&mut request)?;
        ControlFlow::Continue(request)
    }

    /// Section 3: `method SP target SP HTTP-version`.
    fn request_line(&mut self) -> Read<Request> {
        let line = self.line()?;
        self.expect(!line.contains(&b'#'), true)?;
        let parts: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
        let &[method, target, version] = parts.as_slice() else {
            return self.wrong(false);
        };
        let minor = match version {
            b"HTTP/1.0" => 0,
            b"HTTP/1.1" => 1,
            // Section 2.3, and RFC 9110 section 2.5: as if it were 1.1.
            [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'2'..=b'9'] => 1,
            _ => return self.wrong(false),
        };
        let is_target = !target.is_empty() && !target.iter().any(u8::is_ascii_control);
        self.expect(is_token(method) && is_target, false)?;
        ControlFlow::Continue(Request {
            method: method.into(),
            target: target.into(),
            minor,
            // It is passed on as 1.1.
            is_doubtful: !version.ends_with(b"0") && !version.ends_with(b"1"),
            ..Request::default()
        })
    }

    /// Section 5: a name, a value, the length of the line; `None` for the empty line behind the last one.
    fn field(&mut self) -> Read<Option<(Vec<u8>, Vec<u8>, usize)>> {
        let line = self.line()?;
        if line.is_empty() {
            return ControlFlow::Continue(None);
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            return self.wrong(false);
        };
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        let is_value = !value
            .iter()
            .any(|byte| byte.is_ascii_control() && *byte != b'\t');
        self.expect(is_token(name) && is_value, false)?;
        ControlFlow::Continue(Some((name.into(), trim(value).into(), line.len())))
    }

    /// Section 6.
    fn body(&mut self, request: &mut Request) -> Read<()> {
        let lengths: Vec<Vec<u8>> = request.all("content-length").map(Into::into).collect();
        let codings: Vec<Vec<u8>> = request.all("transfer-encoding").map(Into::into).collect();
        match (lengths.as_slice(), codings.as_slice()) {
            ([], []) => {}
            ([length], []) => {
                let is_number = !length.is_empty() && length.iter().all(u8::is_ascii_digit);
                self.expect(is_number, true)?;
                match String::from_utf8_lossy(length).parse() {
                    Ok(length) => request.body = self.take(length)?.into(),
                    Err(_) => return self.wrong(true),
                }
            }
            ([], [coding]) => {
                self.expect(coding.eq_ignore_ascii_case(b"chunked"), true)?;
                // Section 6.1: HTTP/1.0 has none.
                self.expect(request.minor == 1, false)?;
                request.is_chunked = true;
                while self.chunk(request)? {}
                let (begin, mut trailers) = (self.at, 0);
                while self.field()?.is_some() {
                    trailers += 1;
                }
                request.is_doubtful |= trailers > 8 || self.at - begin > 1024;
            }
            _ => return self.wrong(true),
        }
        ControlFlow::Continue(())
    }

    /// Section 7.1: a chunk; `false` for the last one.
    fn chunk(&mut self, request: &mut Request) -> Read<bool> {
        let line = self.line()?;
        let digits = line
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        let (size, extensions) = line.split_at(digits);
        let size = std::str::from_utf8(size).map(|size| u64::from_str_radix(size, 16));
        let Ok(Ok(size)) = size else {
            return self.wrong(true);
        };
        self.expect(are_extensions(extensions), true)?;
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b";=".contains(byte);
        request.is_doubtful |=
            digits > 16 || line.len() > LONG_LINE || !extensions.iter().all(is_plain);
        if size == 0 {
            return ControlFlow::Continue(false);
        }
        request.body.extend_from_slice(self.take(size)?);
        let end = self.line()?;
        self.expect(end.is_empty(), true)?;
        ControlFlow::Continue(true)
    }
}

fn is_about_length(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"content-length") || name.eq_ignore_ascii_case(b"transfer-encoding")
}

/// RFC 9110 section 5.6.2.
fn is_token(bytes: &[u8]) -> bool {
    let is_in_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !bytes.is_empty() && bytes.iter().all(is_in_token)
}

/// Section 7.1.1.
fn are_extensions(mut rest: &[u8]) -> bool {
    let word = |bytes: &[u8]| bytes.iter().take_while(|byte| is_token(&[**byte])).count();
    while !rest.is_empty() {
        let [b';', behind @ ..] = trim_start(rest) else {
            return false;
        };
        let behind = trim_start(behind);
        let length = word(behind);
        if length == 0 {
            return false;
        }
        rest = &behind[length..];
        let [b'=', value @ ..] = trim_start(rest) else {
            continue;
        };
        let value = trim_start(value);
        let length = match value {
            [b'"', ..] => quoted(value),
            _ => Some(word(value)).filter(|length| *length > 0),
        };
        let Some(length) = length else {
            return false;
        };
        rest = &value[length..];
    }
    true
}

/// How many bytes the quoted string at the beginning has (RFC 9110 section 5.6.4).
fn quoted(bytes: &[u8]) -> Option<usize> {
    let mut is_escaped = false;
    for (at, byte) in bytes.iter().enumerate().skip(1) {
        if byte.is_ascii_control() && *byte != b'\t' {
            return None;
        }
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

fn trim(bytes: &[u8]) -> &[u8] {
    let mut bytes = trim_start(bytes);
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}
