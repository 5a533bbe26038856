//! How files are sent: their types, large ones, ones that change meanwhile, and beside everything else.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::thread::sleep;
use std::time::Duration;

use rustix::process::Signal;

use crate::Folder;
use crate::support::{Call, PATIENCE, Server, eventually};

/// More than all buffers between a file and a client that does not read.
const LARGE: u64 = 256 << 20;

fn large(folder: &Folder) -> File {
    let path = folder.write("public/large.bin", "");
    let file = File::options().write(true).open(path).expect("a file");
    file.set_len(LARGE).expect("a file with a hole");
    file
}

fn resident_kib(server: &Server) -> u64 {
    let path = format!("/proc/{}/status", server.process_id());
    let status = std::fs::read_to_string(path).expect("a Linux /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let digits = line.expect("VmHWM").trim().trim_end_matches(" kB");
    digits.parse().expect("a number")
}

/// A body has no meaning here; a client that sends all of one before it reads gets its file, though neither fits into what
/// lies between them.
#[test]
fn a_body_does_not_get_in_the_way() {
    let folder = Folder::new();
    let file = large(&folder);
    file.set_len(30 << 20).expect("a file with a hole");
    let server = folder.serve();
    let mut connection = server.connect();
    let call = Call::get("/assets/large.bin").body(vec![b'x'; 30 << 20]);
    let answer = connection.call(&call).expect(200);
    assert_eq!(answer.body.len(), 30 << 20);
    assert_eq!(answer.header("connection"), Some("close"));
    let end = connection.try_read().expect("an end without a reset");
    assert!(end.is_none(), "something behind the answer");
}

#[test]
fn types_follow_the_name() {
    let folder = Folder::new();
    let server = folder.serve();
    for (name, kind) in [
        ("a.html", "text/html; charset=utf-8"),
        ("a.css", "text/css; charset=utf-8"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.txt", "text/plain; charset=utf-8"),
        ("a.json", "application/json"),
        ("a.svg", "image/svg+xml"),
        ("a.PNG", "image/png"),
        ("a.wasm", "application/wasm"),
        ("a.woff2", "font/woff2"),
        ("a.tar.gz", "application/gzip"),
        ("a.unheard-of", "application/octet-stream"),
        ("a", "application/octet-stream"),
    ] {
        folder.write(&format!("public/{name}"), "content");
        for method in ["GET", "HEAD"] {
            let answer = server.call(&Call::new(method, &format!("/assets/{name}")));
            assert_eq!(
                answer.expect(200).header("content-type"),
                Some(kind),
                "{name}"
            );
        }
    }
}

#[test]
fn a_large_file_is_sent_in_pieces() {
    let folder = Folder::new();
    large(&folder);
    let server = folder.serve();
    server.get("/assets/digits.txt").expect(200);
    let before = resident_kib(&server);
    let mut stream = std::net::TcpStream::connect(server.ready.address).expect("a connection");
    let request = Call::get("/assets/large.bin").header("Connection", "close");
    stream
        .write_all(&request.bytes())
        .expect("the server reads");
    let mut received = 0;
    let mut piece = vec![0; 1 << 20];
    loop {
        let count = stream.read(&mut piece).expect("the server goes on");
        if count == 0 {
            break;
        }
        received += count as u64;
    }
    assert!(received > LARGE && received < LARGE + 1000, "head and file");
    let grown = resident_kib(&server) - before;
    assert!(grown < 16 * 1024, "the process grew by {grown} KiB");
}

#[test]
fn a_file_that_shrinks_ends_the_connection() {
    let folder = Folder::new();
    let file = large(&folder);
    let server = folder.serve();
    let mut connection = server.connect();
    connection.send(Call::get("/assets/large.bin").bytes());
    let head = connection.read_head();
    assert_eq!(head.header("content-length"), Some(&*LARGE.to_string()));
    file.set_len(0).expect("a shorter file");
    let body = connection.rest();
    assert!((body.len() as u64) < LARGE, "it is cut off");
}

#[test]
fn a_file_that_grows_is_sent_as_it_was() {
    let folder = Folder::new();
    let file = large(&folder);
    let server = folder.serve();
    let mut connection = server.connect();
    connection.send(Call::get("/assets/large.bin").bytes());
    connection.send(Call::get("/assets/digits.txt").bytes());
    let head = connection.read_head();
    assert_eq!(head.header("content-length"), Some(&*LARGE.to_string()));
    file.set_len(LARGE + 4096).expect("a longer file");
    connection.skip(LARGE);
    assert_eq!(connection.read().expect(200).text(), "0123456789");
}

#[test]
fn files_are_sent_while_no_worker_is_free() {
    let folder = Folder::new();
    for dispatch in ["auto", "queue", "inline"] {
        let server = folder.launch().args(["--dispatch", dispatch]).start();
        let mut busy = server.connect();
        busy.send(Call::get("/busy/until").bytes());
        eventually("the handler runs", || {
            folder.path("running").exists().then_some(())
        });
        let answer = server.get("/assets/digits.txt").expect(200);
        assert_eq!(answer.text(), "0123456789", "{dispatch}");
        folder.write("enough", "");
        assert_eq!(busy.read().expect(200).text(), "enough");
        std::fs::remove_file(folder.path("running")).expect("it was there");
        std::fs::remove_file(folder.path("enough")).expect("it was there");
    }
}

/// One connection is all that may be open, so the next one is served only when the first is given up.
#[test]
fn a_client_that_takes_in_nothing_is_given_up() {
    let folder = Folder::new();
    large(&folder);
    let limits = ["--body-timeout", "1", "--max-connections", "1"];
    let server = folder.launch().args(limits).start();
    let mut silent = server.connect();
    silent.send(Call::get("/assets/large.bin").bytes());
    silent.read_head().expect(200);
    server.get("/assets/digits.txt").expect(200);
}

/// A connection is not idle while a file is on its way, however long that takes: the next request is answered, too.
#[test]
fn a_client_may_take_its_time() {
    let folder = Folder::new();
    large(&folder);
    let limits = ["--keep-alive-timeout", "1"];
    let server = folder.launch().args(limits).start();
    let mut connection = server.connect();
    connection.send(Call::get("/assets/large.bin").bytes());
    connection.send(Call::get("/assets/digits.txt").bytes());
    connection.read_head().expect(200);
    sleep(Duration::from_millis(1500));
    connection.skip(LARGE);
    assert_eq!(connection.read().expect(200).text(), "0123456789");
}

#[test]
fn a_client_of_http_1_0_gets_a_file() {
    let folder = Folder::new();
    let server = folder.serve();
    let mut old = server.connect();
    old.send("GET /assets/digits.txt HTTP/1.0\r\n\r\n");
    assert_eq!(old.read().expect(200).text(), "0123456789");
    assert!(old.is_closed());
}

#[test]
fn a_file_that_is_under_way_is_sent_to_its_end() {
    let folder = Folder::new();
    large(&folder);
    let server = folder.serve();
    let mut connection = server.connect();
    connection.send(Call::get("/assets/large.bin").bytes());
    connection.read_head().expect(200);
    server.signal(Signal::TERM);
    eventually("the end begins", || {
        server.stderr().contains("ending").then_some(())
    });
    connection.skip(LARGE);
    assert!(connection.is_closed());
    assert_eq!(server.ended(PATIENCE).code, Some(0));
}

#[test]
fn caches_are_told_what_the_mount_says() {
    let folder = Folder::new();
    folder.write(
        "mounts.toml",
        "[[static]]\nmount = \"/assets\"\ndir = \"public\"\ncache_control = \"max-age=60\"\n\n[[static]]\nmount = \"/\"\ndir = \"site\"\n",
    );
    let server = folder.serve();
    let told = |call: &Call, status: u16| {
        let answer = server.call(call).expect(status);
        answer.header("cache-control").map(str::to_owned)
    };
    let get = Call::get("/assets/digits.txt");
    let kept = Some(String::from("max-age=60"));
    assert_eq!(told(&get, 200), kept);
    assert_eq!(told(&Call::new("HEAD", "/assets/digits.txt"), 200), kept);
    assert_eq!(told(&get.clone().header("Range", "bytes=0-1"), 206), kept);
    assert_eq!(told(&get.clone().header("If-None-Match", "*"), 304), kept);
    assert_eq!(told(&get.clone().header("If-Match", "\"x\""), 412), None);
    assert_eq!(told(&get.header("Range", "bytes=99-"), 416), None);
    assert_eq!(told(&Call::get("/assets/gone.txt"), 404), None);
    assert_eq!(told(&Call::get("/assets/with%20index"), 307), None);
    assert_eq!(told(&Call::get("/plain.txt"), 200), None);
}
