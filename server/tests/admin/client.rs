//! A client of the admin listener, which closes each connection after its answer.

use std::io::{Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use serde_json::Value;

use super::scrape::Scrape;
use crate::support::{PATIENCE, Server, eventually};

/// Where an admin listener is.
#[derive(Clone, Debug)]
pub(crate) enum Admin {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

/// One answer, split at the end of its head.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Said {
    /// The value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut named = fields.filter(|(have, _)| have.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value)
    }
}

impl Admin {
    /// That of a server, as its log says.
    pub(crate) fn of(server: &Server) -> Self {
        let address = eventually("the log names the admin listener", || {
            let log = server.stderr();
            let (_, rest) = log.split_once("admin listener on http://")?;
            rest.split_whitespace().next()?.parse().ok()
        });
        Self::Tcp(address)
    }

    /// Sends bytes; what comes until the listener closes.
    pub(crate) fn send(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut answer = Vec::new();
        match self {
            Self::Tcp(address) => {
                let mut stream = TcpStream::connect_timeout(address, PATIENCE)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.write_all(bytes)?;
                stream.read_to_end(&mut answer)?;
            }
            Self::Unix(path) => {
                let mut stream = UnixStream::connect(path)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.write_all(bytes)?;
                stream.read_to_end(&mut answer)?;
            }
        }
        Ok(answer)
    }

    /// A request; `None` if nobody answers.
    pub(crate) fn ask(&self, method: &str, path: &str) -> Option<Said> {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: admin\r\n\r\n");
        let answer = self.send(request.as_bytes()).ok()?;
        let text = String::from_utf8(answer).expect("everything it says is UTF-8");
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Said {
            status,
            head: head.to_owned(),
            body: body.to_owned(),
        })
    }

    /// `GET path`, which is answered.
    pub(crate) fn get(&self, path: &str) -> Said {
        self.ask("GET", path)
            .unwrap_or_else(|| panic!("the admin listener does not answer {path}"))
    }

    /// The metrics now.
    pub(crate) fn scrape(&self) -> Scrape {
        let said = self.get("/metrics");
        assert_eq!(said.status, 200, "{}", said.body);
        Scrape::parse(&said.body)
    }

    /// The status now.
    pub(crate) fn status(&self) -> Value {
        let said = self.get("/status");
        assert_eq!(said.field("content-type"), Some("application/json"));
        serde_json::from_str(&said.body).expect("JSON")
    }

    /// Waits until a metric, summed over what has the labels, is `wanted`; the whole then.
    pub(crate) fn reaches(&self, name: &str, labels: &[(&str, &str)], wanted: f64) -> Scrape {
        let mut last = None;
        let what = format!("{name}{labels:?} is {wanted}");
        eventually(&what, || {
            let scrape = self.scrape();
            let sum = scrape.sum(name, labels);
            last = Some(sum);
            ((sum - wanted).abs() < 1e-9).then_some(scrape)
        })
    }

    /// Waits until so many workers do that.
    pub(crate) fn doing(&self, doing: &str, wanted: usize) -> Value {
        eventually(&format!("{wanted} workers are {doing}"), || {
            let status = self.status();
            let workers = status["workers"].as_array().expect("a list");
            let count = workers.iter().filter(|one| one["doing"] == doing).count();
            (count == wanted).then_some(status)
        })
    }
}
