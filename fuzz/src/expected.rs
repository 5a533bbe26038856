//! What the server must answer to a request, when its handlers are those of `handlers/fuzzed.py`.

use crate::answers::Answer;
use crate::reference::Request;
use crate::running::{BODY_BYTES_MAX, HEAD_BYTES_MAX, HEADERS_MAX};

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The next request is answered.
    On,
    /// It may be closed: a body was not read.
    MayEnd,
    /// It is closed.
    End,
}

/// What an answer must be.
#[derive(Debug)]
pub struct Expected {
    /// What it may be; [`Self::shown`] is the body of 200.
    statuses: Vec<u16>,
    /// What the handler shows of the request; without what is not known of it.
    shown: Option<Vec<u8>>,
    pub is_to_head: bool,
    /// Whether it may also be refused, and the connection closed.
    is_doubtful: bool,
    pub then: Then,
}

impl Expected {
    fn new(statuses: impl Into<Vec<u16>>, then: Then) -> Self {
        Self {
            statuses: statuses.into(),
            shown: None,
            is_to_head: false,
            is_doubtful: false,
            then,
        }
    }

    /// Fails unless the answer is as expected; what becomes of the connection then.
    pub fn compare(&self, answer: &Answer) -> Then {
        if self.is_doubtful && (400..500).contains(&answer.status) {
            return if answer.is_last() {
                Then::End
            } else {
                Then::MayEnd
            };
        }
        assert!(
            self.statuses.contains(&answer.status),
            "{answer:?}, expected {self:?}"
        );
        if let (200, Some(shown), false) = (answer.status, &self.shown, self.is_to_head) {
            let (found, expected) = (answer.body.escape_ascii(), shown.escape_ascii());
            assert_eq!(answer.body, *shown, "\n{found}\n{expected}");
        }
        match self.then {
            Then::On => assert!(!answer.is_last(), "closes: {answer:?}, {self:?}"),
            Then::MayEnd if answer.is_last() => return Then::End,
            Then::MayEnd => {}
            // Of HTTP/1.0 an answer need not say it.
            Then::End => {}
        }
        self.then
    }
}

/// What is expected of a request.
pub fn of(request: &Request) -> Expected {
    let mut expected = outcome(request);
    expected.is_to_head = request.method == b"HEAD";
    expected.is_doubtful |= request.is_doubtful;
    let is_last = request.has_word("connection", "close")
        || request.minor == 0 && !request.has_word("connection", "keep-alive");
    if is_last {
        expected.then = Then::End;
    }
    expected
}

fn outcome(request: &Request) -> Expected {
    // A target may be refused before it shows that the head is too long.
    let is_plain = request.target.iter().all(|byte| is_in_target(*byte));
    let refused = if is_plain { 431 } else { 400 };
    if request.head_bytes > HEAD_BYTES_MAX {
        return Expected::new([refused, 431, 414], Then::End);
    }
    if request.fields.len() > HEADERS_MAX {
        return Expected::new([refused, 431], Then::End);
    }
    let has_body = request.is_chunked || !request.body.is_empty();
    let unread = if has_body { Then::MayEnd } else { Then::On };
    let hosts: Vec<&[u8]> = request.all("host").collect();
    if hosts.len() > 1 || hosts.is_empty() && request.minor == 1 {
        return Expected::new([400], Then::End);
    }
    if request.method == b"CONNECT" {
        return Expected::new([400, 501], Then::End);
    }
    let mut is_doubtful = !hosts.first().is_none_or(|host| is_plain_host(host));
    if request.target == b"*" {
        let mut expected = match request.method.as_slice() {
            b"OPTIONS" => Expected::new([204], unread),
            _ => Expected::new([400], Then::End),
        };
        expected.is_doubtful = is_doubtful;
        return expected;
    }
    let is_origin_form = request.target.starts_with(b"/");
    is_doubtful |= !is_origin_form || !request.target.iter().all(|byte| is_in_target(*byte));
    let path = request
        .target
        .split(|byte| *byte == b'?')
        .next()
        .unwrap_or_default();
    let (path, is_escaped_well) = decode(path);
    is_doubtful |= !is_escaped_well;
    let mut expected = if is_origin_form && std::str::from_utf8(&path).is_err() {
        Expected::new([400], unread)
    } else {
        handled(request, &path, is_origin_form, unread)
    };
    expected.is_doubtful |= is_doubtful;
    expected
}

/// What is expected of a request that has a route, or none for its method.
fn handled(request: &Request, path: &[u8], is_path_known: bool, unread: Then) -> Expected {
    match request.method.as_slice() {
        b"GET" | b"HEAD" | b"POST" | b"PUT" | b"PATCH" | b"DELETE" | b"REPORT" => {}
        b"OPTIONS" => return Expected::new([204], unread),
        _ => return Expected::new([405], unread),
    }
    let has_body = request.is_chunked || !request.body.is_empty();
    let mut expectations = request.all("expect");
    if has_body && !expectations.all(|value| value.eq_ignore_ascii_case(b"100-continue")) {
        return Expected::new([417], Then::End);
    }
    let is_unread = path == b"/unread";
    if request.body.len() > BODY_BYTES_MAX {
        // In chunks, it shows only while it is read.
        return match is_unread && request.is_chunked {
            true => Expected::new([200, 413], Then::MayEnd),
            false => Expected::new([413], Then::End),
        };
    }
    let is_until_the_end = path == b"/stream" && request.minor == 0;
    let may_end = !is_path_known || is_until_the_end || is_unread && unread == Then::MayEnd;
    let mut expected = Expected::new([200], if may_end { Then::MayEnd } else { Then::On });
    expected.shown = is_path_known.then(|| shown(request, path, is_unread));
    expected
}

/// As the handlers write it.
fn shown(request: &Request, path: &[u8], is_unread: bool) -> Vec<u8> {
    let query = request.target.iter().position(|byte| *byte == b'?');
    let query = query.map_or(&b""[..], |at| &request.target[at + 1..]);
    let mut lines = vec![request.method.clone(), path.to_vec(), query.to_vec()];
    lines.push(format!("1.{}", request.minor).into_bytes());
    // Fields of one name stand together, where the first arrived.
    let mut fields: Vec<(Vec<u8>, Vec<&[u8]>)> = Vec::new();
    for (name, value) in &request.fields {
        let name = name.to_ascii_lowercase();
        match fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => fields.push((name, vec![value])),
        }
    }
    for (name, values) in &fields {
        for value in values {
            lines.push([name, &b": "[..], value].concat());
        }
    }
    lines.push(Vec::new());
    lines.push(if is_unread {
        Vec::new()
    } else {
        request.body.clone()
    });
    lines.join(&b'\n')
}

fn is_plain_host(host: &[u8]) -> bool {
    let (name, port) = match host.iter().position(|byte| *byte == b':') {
        Some(colon) => (&host[..colon], &host[colon + 1..]),
        None => (host, &b""[..]),
    };
    name.iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(byte))
        && port.iter().all(u8::is_ascii_digit)
}

/// RFC 3986 section 3.3 and 3.4.
fn is_in_target(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%".contains(&byte)
}

/// Percent escapes; whether they are all well formed.
fn decode(path: &[u8]) -> (Vec<u8>, bool) {
    let mut decoded = Vec::new();
    let (mut rest, mut is_well_formed) = (path, true);
    while let [first, behind @ ..] = rest {
        let digits = behind
            .get(..2)
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        rest = behind;
        match digits.and_then(|digits| std::str::from_utf8(digits).ok()) {
            Some(digits) if *first == b'%' => {
                decoded.extend(u8::from_str_radix(digits, 16));
                rest = &behind[2..];
            }
            _ => {
                is_well_formed &= *first != b'%';
                decoded.push(*first);
            }
        }
    }
    (decoded, is_well_formed)
}
