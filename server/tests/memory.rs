//! 100,000 requests leave the memory and the number of live objects as they were.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

use std::thread;

use support::socket::SocketClient;
use support::{Call, Connection, Launch, Mode, Server};

const WARM_UP: usize = 20_000;
const REQUESTS: usize = 100_000;
const CONNECTIONS: usize = 4;
/// Requests written before the first answer is read.
const PIPELINED: usize = 50;
/// A leak of one small object per request would be 80,000 objects and some 4 MiB.
const OBJECTS_SLACK: i64 = 1_000;
const RSS_SLACK_KIB: i64 = 3 * 1024;
const STREAMED_MIB: usize = 128;
/// What a stream holds are a few pieces, of 1 MiB here, on either side; Python without a GIL frees them in batches.
const STREAMED_SLACK_KIB: i64 = 32 * 1024;

support::mode::under_every! { mode;
    memory: [
        stays_flat_over_100_000_requests,
        is_given_back_by_requests_that_refer_to_themselves,
        holds_little_of_a_stream,
        stays_flat_over_thousands_of_sockets,
    ],
}

/// The promises, each a function of the mode to test under.
mod memory {
    pub(crate) use super::{
        holds_little_of_a_stream, is_given_back_by_requests_that_refer_to_themselves,
        stays_flat_over_100_000_requests, stays_flat_over_thousands_of_sockets,
    };
}

/// What is measured: the handler counts its interpreter's objects and blocks, the kernel the process's pages.
#[derive(Debug)]
struct Alive {
    objects: i64,
    blocks: i64,
    rss_kib: i64,
}

fn measure(server: &Server) -> Alive {
    let told = server.get("/alive").expect(200).json();
    let rss_kib = resident_kib(server, "VmRSS:");
    let count = |key: &str| {
        told[key]
            .as_i64()
            .unwrap_or_else(|| panic!("no {key} in {told}"))
    };
    Alive {
        objects: count("objects"),
        blocks: count("blocks"),
        rss_kib,
    }
}

const URLENCODED: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=XyZ";
const PARTS: &str = "--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ntext\r\n\
    --XyZ\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\nContent-Type: text/x\r\n\r\ncontent\r\n\
    --XyZ--\r\n";

fn form(content_type: &str, body: &str) -> Call {
    Call::post("/form", body)
        .header("Content-Type", content_type)
        .header("Cookie", "session=token; other=\"x\"; session=second")
}

/// What `/proc/<pid>/status` says of the pages: how many there are (`VmRSS:`), or were at most (`VmHWM:`).
fn resident_kib(server: &Server, name: &str) -> i64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process_id()))
        .expect("a Linux /proc");
    let size = status.lines().find_map(|line| line.strip_prefix(name));
    let size = size.expect("the line is there").trim();
    size.trim_end_matches(" kB")
        .parse()
        .expect("a number of kB")
}

/// The mix, and the status and body of each answer.
fn mix() -> Vec<(Vec<u8>, u16, String)> {
    let text = |length| "x".repeat(length);
    let agent = |call: Call| {
        call.header("User-Agent", "memory")
            .header("X-Unread", "never looked at")
    };
    let rows = [
        (Call::get("/"), 200, "Hello, World!".to_owned()),
        (
            Call::post("/echo", text(100)).header("Content-Type", "text/x"),
            200,
            text(100),
        ),
        (Call::get("/missing"), 404, "not here".to_owned()),
        (Call::get("/users/7?q=%C3%A9"), 200, "memory".to_owned()),
        (
            Call::post("/json", "{\"a\": [1, 2.5, null, \"\u{e9}\"]}"),
            200,
            "2.5".to_owned(),
        ),
        (
            form(URLENCODED, "a=1&b=x+y&a=%C3%A9"),
            200,
            "\"x y\",\"token\",null".to_owned(),
        ),
        (
            form(MULTIPART, PARTS),
            200,
            "[\"text\",\"content\",\"token\",null]".to_owned(),
        ),
        (
            Call::post("/form/broken", PARTS.trim_end_matches("--\r\n"))
                .header("Content-Type", MULTIPART),
            200,
            "last boundary".to_owned(),
        ),
        (Call::get("/nowhere"), 404, String::new()),
        (Call::get("/users/x"), 404, String::new()),
        (Call::post("/echo", text(5_000)), 200, text(5_000)),
    ];
    rows.into_iter()
        .map(|(call, status, body)| (agent(call).bytes(), status, body))
        .collect()
}

/// Sends `count` requests, pipelined, on a few connections at once, and looks at each answer.
fn load(server: &Server, count: usize) {
    let mix = mix();
    thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                let mut connection = server.connect();
                for _ in 0..count / CONNECTIONS / PIPELINED {
                    let batch = || mix.iter().cycle().take(PIPELINED);
                    connection.send(
                        batch()
                            .flat_map(|(bytes, _, _)| bytes)
                            .copied()
                            .collect::<Vec<u8>>(),
                    );
                    for (_, status, body) in batch() {
                        let answer = connection.read().expect(*status);
                        assert!(
                            answer.text().contains(body.as_str()),
                            "{} in place of {body}",
                            answer.text()
                        );
                    }
                }
            });
        }
    });
}

fn stays_flat_over_100_000_requests(mode: Mode) {
    let server = Launch::under(mode, "memory")
        .args(["--workers", "1", "--queue-depth", "1000"])
        .start();
    load(&server, WARM_UP);
    let warm = measure(&server);
    load(&server, REQUESTS - WARM_UP);
    let end = measure(&server);
    assert!(
        end.objects - warm.objects < OBJECTS_SLACK,
        "live objects: {warm:?}, then {end:?}"
    );
    assert!(
        end.blocks - warm.blocks < OBJECTS_SLACK,
        "allocated blocks: {warm:?}, then {end:?}"
    );
    assert!(
        end.rss_kib - warm.rss_kib < RSS_SLACK_KIB,
        "resident memory: {warm:?}, then {end:?}"
    );
    server.stop();
}

fn is_given_back_by_requests_that_refer_to_themselves(mode: Mode) {
    let server = Launch::under(mode, "memory")
        .args(["--workers", "1"])
        .start();
    let mut connection = server.connect();
    for number in 0..50 {
        connection
            .call(&Call::get(&format!("/cycle/{number}")))
            .expect(200);
    }
    let alive = connection.call(&Call::get("/alive-requests")).expect(200);
    assert_eq!(alive.text(), "0", "requests that the collector has left");
}

/// Both ways, and both at once: what is streamed never stands in memory whole.
fn holds_little_of_a_stream(mode: Mode) {
    let server = Launch::under(mode, "memory")
        .args(["--workers", "1", "--max-body-bytes", "1GiB"])
        .start();
    stream(&server, 2);
    let before = resident_kib(&server, "VmHWM:");
    stream(&server, STREAMED_MIB);
    let grown = resident_kib(&server, "VmHWM:") - before;
    assert!(grown < STREAMED_SLACK_KIB, "{before} KiB, and {grown} more");
    server.stop();
}

/// Streams so many MiB down, up, and up and down at once.
fn stream(server: &Server, mebibytes: usize) {
    let length = mebibytes << 20;
    let mut down = server.connect();
    down.send(Call::get(&format!("/stream/down/{mebibytes}")).bytes());
    assert_eq!(read_stream(&mut down), length);

    for method in ["POST", "PUT"] {
        let mut up = server.connect();
        send_stream(&mut up, &format!("{method} /stream/up"), mebibytes);
        assert_eq!(up.read().expect(200).text(), length.to_string());
    }

    let mut reader = server.connect();
    let mut writer = reader.share();
    thread::scope(|scope| {
        scope.spawn(move || send_stream(&mut writer, "POST /stream/echo", mebibytes));
        assert_eq!(read_stream(&mut reader), length);
    });
}

fn send_stream(connection: &mut Connection, line: &str, mebibytes: usize) {
    let length = mebibytes << 20;
    connection.send(format!(
        "{line} HTTP/1.1\r\nHost: test\r\nContent-Length: {length}\r\n\r\n"
    ));
    let piece = vec![b'x'; 1 << 20];
    (0..mebibytes).for_each(|_| connection.send(&piece));
}

fn read_stream(connection: &mut Connection) -> usize {
    connection.read_head().expect(200);
    let chunks = std::iter::repeat_with(|| connection.chunk().len());
    chunks.take_while(|length| *length > 0).sum()
}

/// Sockets that the client closes, that the handler ends, and that are lost.
fn open_and_close(server: &Server, count: usize) {
    for number in 0..count {
        let mut client = SocketClient::open(server, "/socket");
        client.send("x".repeat(1000));
        assert_eq!(client.receive_text().len(), 1000);
        match number % 3 {
            0 => drop(client.close(1000, "enough")),
            1 => {
                client.send("end");
                assert_eq!(client.closed().0, 1000);
            }
            _ => drop(client),
        }
    }
}

fn stays_flat_over_thousands_of_sockets(mode: Mode) {
    let server = Launch::under(mode, "memory")
        .args(["--workers", "1"])
        .start();
    open_and_close(&server, 1_000);
    let warm = measure(&server);
    open_and_close(&server, 3_000);
    let end = measure(&server);
    assert!(
        end.objects - warm.objects < OBJECTS_SLACK,
        "live objects: {warm:?}, then {end:?}"
    );
    assert!(
        end.rss_kib - warm.rss_kib < RSS_SLACK_KIB,
        "resident memory: {warm:?}, then {end:?}"
    );
    server.stop();
}
