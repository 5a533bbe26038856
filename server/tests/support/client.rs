//! A small blocking HTTP/1.1 client that shows the bytes: raw requests out, one answer at a time in.

mod ends;

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

use super::launch::said;
use super::tls::Stream;
use super::{PATIENCE, Server};

/// A request to be written: method, target, headers, body.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    method: String,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Option<Vec<u8>>,
}

impl Call {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.into(),
            target: target.into(),
            headers: Vec::new(),
            body: None,
        }
    }

    pub(crate) fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    pub(crate) fn post(target: &str, body: impl AsRef<[u8]>) -> Self {
        Self::new("POST", target).body(body)
    }

    pub(crate) fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = Some(body.as_ref().to_vec());
        self
    }

    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.into(), value.as_ref().to_vec()));
        self
    }

    /// Its method, its target and its header fields.
    pub(crate) fn head(&self) -> (&str, &str, &[(String, Vec<u8>)]) {
        (&self.method, &self.target, &self.headers)
    }

    pub(crate) fn content(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }

    /// The request as HTTP/1.1 bytes, with `Host` unless a header gives it and `Content-Length` if there is a body.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        if !self
            .headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("host"))
        {
            bytes.extend_from_slice(b"Host: test\r\n");
        }
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        if let Some(body) = &self.body {
            bytes.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(self.body.as_deref().unwrap_or_default());
        bytes
    }
}

/// One response as it came over the wire; header names are lower case.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) version: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The one value of a header; `None` if it is not there. Fails if it is repeated.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let values = self.all(name);
        assert!(
            values.len() <= 1,
            "{name} is repeated in {:?}",
            self.headers
        );
        values.first().copied()
    }

    /// Every value of a header, in the order of the wire.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers
            .iter()
            .filter(|(have, _)| have == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {}: {}", self.status, self.text()))
    }

    /// The names in `Allow`, sorted.
    pub(crate) fn allowed(&self) -> Vec<&str> {
        let mut names: Vec<_> = self
            .header("allow")
            .expect("an Allow header")
            .split(',')
            .map(str::trim)
            .collect();
        names.sort_unstable();
        names
    }

    /// Fails unless the status is `status`; the message shows the body, which holds the traceback of a debug server.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status,
            status,
            "headers {:?}, body: {}",
            self.headers,
            self.text()
        );
        self
    }
}

/// One connection. Every read and write has a time limit; a failure tells what the server's stderr held.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) stream: Stream,
    unread: Vec<u8>,
    stderr: Arc<Mutex<Vec<u8>>>,
}

impl Connection {
    pub(crate) fn open(server: &Server) -> Self {
        Self::try_open(server)
            .unwrap_or_else(|error| panic!("connect: {error}; stderr:\n{}", server.stderr()))
    }

    /// Opens a connection that the server may refuse.
    pub(crate) fn try_open(server: &Server) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&server.ready.address, PATIENCE)?;
        Self::over(stream, server)
    }

    /// A connection to `server` that was opened elsewhere.
    pub(crate) fn over(stream: TcpStream, server: &Server) -> Result<Self> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let mut stream = server.stream(stream);
        stream.handshake()?;
        Ok(Self {
            stream,
            unread: Vec::new(),
            stderr: Arc::clone(&server.stderr),
        })
    }

    /// The same connection once more, so that one thread can write to it while another reads; without TLS only.
    pub(crate) fn share(&self) -> Self {
        assert!(matches!(self.stream, Stream::Plain(_)), "it has one writer");
        Self {
            stream: Stream::Plain(self.stream.socket().try_clone().expect("a descriptor")),
            unread: Vec::new(),
            stderr: Arc::clone(&self.stderr),
        }
    }

    /// The address that the server sees as the client's.
    pub(crate) fn local_address(&self) -> SocketAddr {
        self.stream
            .socket()
            .local_addr()
            .expect("a connected socket has an address")
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes)
            .unwrap_or_else(|error| self.fail("send", &error));
    }

    pub(crate) fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> Result<()> {
        self.stream.write_all(bytes.as_ref())
    }

    pub(crate) fn call(&mut self, call: &Call) -> Answer {
        self.send(call.bytes());
        if call.method == "HEAD" {
            self.read_head()
        } else {
            self.read()
        }
    }

    /// Reads one answer with its body. An interim answer (1xx) is an answer too.
    pub(crate) fn read(&mut self) -> Answer {
        let answer = self
            .try_read()
            .unwrap_or_else(|error| self.fail("read", &error));
        answer.unwrap_or_else(|| self.fail("read", &Error::from(ErrorKind::UnexpectedEof)))
    }

    /// Reads an answer that has no body whatever its headers say, as to `HEAD`.
    pub(crate) fn read_head(&mut self) -> Answer {
        let head = self
            .try_read_head()
            .unwrap_or_else(|error| self.fail("read", &error));
        head.unwrap_or_else(|| self.fail("read", &Error::from(ErrorKind::UnexpectedEof)))
    }

    /// Reads one answer; `None` if the server closed the connection before its first byte.
    pub(crate) fn try_read(&mut self) -> Result<Option<Answer>> {
        let Some(mut answer) = self.try_read_head()? else {
            return Ok(None);
        };
        let bodiless = answer.status < 200 || matches!(answer.status, 204 | 304);
        if bodiless {
            return Ok(Some(answer));
        }
        if answer
            .header("transfer-encoding")
            .is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"))
        {
            answer.body = self.read_chunks()?;
        } else if let Some(length) = answer.header("content-length") {
            let length = length
                .parse()
                .map_err(|_| broken(&format!("Content-Length: {length}")))?;
            answer.body = self.take(length)?;
        } else {
            while self.fill()? {}
            answer.body = std::mem::take(&mut self.unread);
        }
        Ok(Some(answer))
    }

    /// Whether the server closed the connection, with nothing left to read.
    pub(crate) fn is_closed(&mut self) -> bool {
        match self.fill() {
            Ok(more) => !more && self.unread.is_empty(),
            Err(error) => error.kind() == ErrorKind::ConnectionReset,
        }
    }

    /// What comes until the server closes the connection, in whatever way.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        while self.fill().is_ok_and(|more| more) {}
        std::mem::take(&mut self.unread)
    }

    /// Reads so many bytes, and forgets them.
    pub(crate) fn skip(&mut self, mut count: u64) {
        while count > 0 {
            if self.unread.is_empty() {
                let more = self
                    .fill()
                    .unwrap_or_else(|error| self.fail("skip", &error));
                assert!(more, "{count} bytes are missing");
            }
            let piece = usize::try_from(count)
                .map_or(self.unread.len(), |left| left.min(self.unread.len()));
            self.unread.drain(..piece);
            count -= piece as u64;
        }
    }

    fn try_read_head(&mut self) -> Result<Option<Answer>> {
        let Some(head) = self.line_end(b"\r\n\r\n")? else {
            return Ok(None);
        };
        let text: String = head.iter().map(|&byte| char::from(byte)).collect();
        let mut lines = text.trim_end().split("\r\n");
        let mut words = lines.next().unwrap_or_default().splitn(3, ' ');
        let version = words.next().unwrap_or_default().to_owned();
        let status = words
            .next()
            .and_then(|word| word.parse().ok())
            .ok_or_else(|| broken(&text))?;
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':').ok_or_else(|| broken(line))?;
            Ok((name.to_ascii_lowercase(), value.trim().to_owned()))
        });
        Ok(Some(Answer {
            version,
            status,
            headers: headers.collect::<Result<_>>()?,
            body: Vec::new(),
        }))
    }

    fn read_chunks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let chunk = self.try_chunk()?;
            if chunk.is_empty() {
                return Ok(body);
            }
            body.extend(chunk);
        }
    }

    /// Reads one chunk of a body, after its head; the last one is empty.
    pub(crate) fn chunk(&mut self) -> Vec<u8> {
        self.try_chunk()
            .unwrap_or_else(|error| self.fail("read a chunk", &error))
    }

    /// As [`Self::chunk`]; an error where the connection ends before.
    pub(crate) fn try_chunk(&mut self) -> Result<Vec<u8>> {
        let line = self
            .line_end(b"\r\n")?
            .ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))?;
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        let size = usize::from_str_radix(&text, 16).map_err(|_| broken(&text))?;
        let chunk = self.take(size)?;
        self.take(2)?;
        Ok(chunk)
    }

    /// Reads the next `count` bytes, whatever they are.
    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        self.take(count)
            .unwrap_or_else(|error| self.fail("read", &error))
    }

    /// The bytes up to and with `end`; `None` if the connection ended before the first.
    fn line_end(&mut self, end: &[u8]) -> Result<Option<Vec<u8>>> {
        loop {
            if let Some(at) = self
                .unread
                .windows(end.len())
                .position(|window| window == end)
            {
                return self.take(at + end.len()).map(Some);
            }
            if !self.fill()? {
                let cut = Error::new(
                    ErrorKind::UnexpectedEof,
                    format!("cut off after {:?}", self.unread),
                );
                return if self.unread.is_empty() {
                    Ok(None)
                } else {
                    Err(cut)
                };
            }
        }
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<Vec<u8>> {
        while self.unread.len() < count {
            if !self.fill()? {
                return Err(Error::new(
                    ErrorKind::UnexpectedEof,
                    format!("{} of {count} bytes", self.unread.len()),
                ));
            }
        }
        Ok(self.unread.drain(..count).collect())
    }

    /// Reads what is there; false at the end of the stream.
    fn fill(&mut self) -> Result<bool> {
        let mut piece = [0; 16 * 1024];
        let count = self.stream.read(&mut piece)?;
        self.unread.extend_from_slice(&piece[..count]);
        Ok(count > 0)
    }

    fn fail(&self, doing: &str, error: &Error) -> ! {
        panic!(
            "{doing}: {error}; unread {:?}; stderr of the server:\n{}",
            self.unread,
            said(&self.stderr)
        )
    }
}

fn broken(text: &str) -> Error {
    Error::new(ErrorKind::InvalidData, text)
}
