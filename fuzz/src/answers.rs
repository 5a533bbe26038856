//! HTTP/1.1 answers, read strictly: what is not well formed is a bug of the server.

/// One answer that is no interim one.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// The `y` of HTTP/1.y.
    pub minor: u8,
    pub fields: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
    /// Whether nothing else tells where the body ends but the end of the connection.
    pub lasts_until_the_end: bool,
}

impl Answer {
    /// The values of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.fields
            .iter()
            .filter(move |(found, _)| found == name)
            .map(|(_, value)| value.as_slice())
    }

    /// Whether it says that it is the last one.
    pub fn is_last(&self) -> bool {
        let says = |word: &[u8]| self.all("connection").any(|value| value == word);
        self.lasts_until_the_end || says(b"close") || self.minor == 0 && !says(b"keep-alive")
    }
}

/// What bytes begin with.
#[derive(Debug)]
pub enum Next {
    /// An answer, and how many bytes it takes.
    Answer(Answer, usize),
    /// Less than an answer.
    More,
}

/// The next answer, which has no body where `is_to_head`.
///
/// # Panics
///
/// Where there is anything but an answer.
pub fn next(bytes: &[u8], is_to_head: bool, is_at_end: bool) -> Next {
    let mut begin = 0;
    loop {
        let Some(length) = find(&bytes[begin..], b"\r\n\r\n") else {
            return Next::More;
        };
        let head = &bytes[begin..begin + length + 2];
        begin += length + 4;
        let (minor, status, fields) = read_head(head);
        // Continue is the only interim answer there is.
        if status == 100 {
            assert!(fields.is_empty(), "fields of an interim answer");
            continue;
        }
        let mut answer = Answer {
            status,
            minor,
            fields,
            body: Vec::new(),
            lasts_until_the_end: false,
        };
        assert_eq!(answer.all("date").count(), 1, "{answer:?}");
        let servers: Vec<&[u8]> = answer.all("server").collect();
        assert_eq!(servers, [b"coachwhip"], "{answer:?}");
        let has_body = !is_to_head && status != 204 && status != 304 && status != 101;
        return match read_body(&mut answer, &bytes[begin..], has_body, is_at_end) {
            Some(length) => Next::Answer(answer, begin + length),
            None => Next::More,
        };
    }
}

/// A version, a status, and fields whose names are in lower case.
fn read_head(head: &[u8]) -> (u8, u16, Vec<(String, Vec<u8>)>) {
    let mut lines = Vec::new();
    let mut rest = head;
    while let Some(length) = find(rest, b"\r\n") {
        lines.push(&rest[..length]);
        rest = &rest[length + 2..];
    }
    let is_clean = |line: &&[u8]| {
        !line
            .iter()
            .any(|byte| byte.is_ascii_control() && *byte != b'\t')
    };
    assert!(
        lines.iter().all(is_clean),
        "control characters: {}",
        head.escape_ascii()
    );
    let line = lines[0];
    let status = line
        .get(9..12)
        .and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    let status: u16 = status.unwrap_or_else(|| panic!("no status: {}", line.escape_ascii()));
    let is_line = (line.starts_with(b"HTTP/1.1 ") || line.starts_with(b"HTTP/1.0 "))
        && (100..600).contains(&status)
        && line.get(12) == Some(&b' ');
    assert!(is_line, "no status line: {}", line.escape_ascii());
    let fields = lines[1..].iter().map(|line| {
        let colon = line.iter().position(|byte| *byte == b':');
        let colon = colon.unwrap_or_else(|| panic!("no field: {}", line.escape_ascii()));
        let name = String::from_utf8(line[..colon].to_ascii_lowercase());
        let name = name.unwrap_or_else(|_| panic!("no name: {}", line.escape_ascii()));
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        assert!(
            !name.is_empty() && name.bytes().all(is_name),
            "no name: {name:?}"
        );
        (name, line[colon + 1..].trim_ascii().to_vec())
    });
    (line[7] - b'0', status, fields.collect())
}

/// How many bytes the body takes; `None` where they are not all there.
fn read_body(answer: &mut Answer, bytes: &[u8], has_body: bool, is_at_end: bool) -> Option<usize> {
    let lengths: Vec<Vec<u8>> = answer.all("content-length").map(Into::into).collect();
    let codings: Vec<Vec<u8>> = answer.all("transfer-encoding").map(Into::into).collect();
    assert!(lengths.len() + codings.len() <= 1, "ambiguous: {answer:?}");
    if !has_body {
        return Some(0);
    }
    if let [length] = lengths.as_slice() {
        let length = std::str::from_utf8(length).expect("ASCII").parse::<usize>();
        answer.body = bytes.get(..length.expect("a number"))?.to_vec();
        return Some(answer.body.len());
    }
    if let [coding] = codings.as_slice() {
        assert_eq!(coding, b"chunked");
        return read_chunks(answer, bytes);
    }
    answer.lasts_until_the_end = true;
    answer.body = bytes.to_vec();
    is_at_end.then_some(bytes.len())
}

fn read_chunks(answer: &mut Answer, bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = &bytes[at..];
        let length = find(rest, b"\r\n")?;
        let size = std::str::from_utf8(&rest[..length]).expect("ASCII");
        let size = usize::from_str_radix(size, 16).expect("a chunk's size");
        let chunk = rest.get(length + 2..length + 2 + size + 2)?;
        assert!(chunk.ends_with(b"\r\n"), "no end of a chunk");
        answer.body.extend_from_slice(&chunk[..size]);
        at += length + 2 + size + 2;
        if size == 0 {
            return Some(at);
        }
    }
}

/// Where `wanted` begins first.
pub fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}
