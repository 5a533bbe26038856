//! What a line says of a request, whatever its client sends.

use serde_json::json;

use crate::support::{Call, Mode, Server};
use crate::{Folder, object, without_time};

/// What is sent in the tests of each format.
fn calls() -> [Call; 3] {
    [
        Call::get("/?q=1")
            .header("User-Agent", "curl/8.0")
            .header("Referer", "http://there/a?b"),
        Call::get("/nope"),
        Call::get("/nothing"),
    ]
}

/// Makes the calls; what is written of them.
fn logged(folder: &Folder, server: &Server) -> Vec<String> {
    let mut connection = server.connect();
    for call in calls() {
        connection.call(&call);
    }
    folder.await_lines(3)
}

fn without_times(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| without_time(line)).collect()
}

pub(crate) fn combined_has_referer_and_user_agent(mode: Mode) {
    let folder = Folder::new();
    let server = folder.launch(mode).start();
    let lines = without_times(&logged(&folder, &server));
    let expected = [
        r#"127.0.0.1 - - [TIME] "GET /?q=1 HTTP/1.1" 200 5 "http://there/a?b" "curl/8.0""#,
        r#"127.0.0.1 - - [TIME] "GET /nope HTTP/1.1" 404 9 "-" "-""#,
        r#"127.0.0.1 - - [TIME] "GET /nothing HTTP/1.1" 204 - "-" "-""#,
    ];
    assert_eq!(lines, expected);
}

pub(crate) fn common_has_neither(mode: Mode) {
    let folder = Folder::new();
    let server = folder.start(mode, "common");
    let lines = without_times(&logged(&folder, &server));
    let expected = [
        r#"127.0.0.1 - - [TIME] "GET /?q=1 HTTP/1.1" 200 5"#,
        r#"127.0.0.1 - - [TIME] "GET /nope HTTP/1.1" 404 9"#,
        r#"127.0.0.1 - - [TIME] "GET /nothing HTTP/1.1" 204 -"#,
    ];
    assert_eq!(lines, expected);
}

pub(crate) fn json_has_one_object_a_line(mode: Mode) {
    let folder = Folder::new();
    let server = folder.start(mode, "json");
    let lines = logged(&folder, &server);
    let found: Vec<_> = lines.iter().map(|line| object(line)).collect();
    let row = |target: &str, status: u16, bytes: u64| {
        json!({
            "client": "127.0.0.1", "method": "GET", "target": target, "version": "HTTP/1.1", "scheme": "http",
            "host": "test", "referer": null, "user_agent": null, "status": status, "bytes": bytes, "complete": true,
        })
    };
    let mut first = row("/?q=1", 200, 5);
    first["referer"] = "http://there/a?b".into();
    first["user_agent"] = "curl/8.0".into();
    assert_eq!(
        found,
        [first, row("/nope", 404, 9), row("/nothing", 204, 0)]
    );
}

/// What would end a field, a line or a JSON string, and what would steer a terminal.
pub(crate) fn cannot_be_forged(mode: Mode) {
    let forged = b"a\" 200 5 \"-\" \"b\\\xff\xc2\x9b\t\x41";
    let call = Call::get("/\"quoted\"?\\")
        .header("User-Agent", forged)
        .header("Referer", "\"");
    let folder = Folder::new();
    let server = folder.launch(mode).start();
    let status = server.call(&call).status;
    let expected = format!(
        r#"127.0.0.1 - - [TIME] "GET /\"quoted\"?\\ HTTP/1.1" {status} 9 "\"" "a\" 200 5 \"-\" \"b\\\xff\xc2\x9b\x09A""#
    );
    assert_eq!(
        (status, without_time(&folder.await_lines(1)[0])),
        (404, expected)
    );

    let folder = Folder::new();
    let server = folder.start(mode, "json");
    server.call(&call).expect(404);
    let line = &folder.await_lines(1)[0];
    assert!(!line.contains(char::is_control), "{line:?}");
    let object = object(line);
    assert_eq!(object["target"], "/\"quoted\"?\\");
    assert_eq!(
        object["user_agent"],
        "a\" 200 5 \"-\" \"b\\\u{fffd}\u{9b}\tA"
    );
    assert_eq!(object["referer"], "\"");
}

pub(crate) fn are_cut_where_values_are_long(mode: Mode) {
    let folder = Folder::new();
    let server = folder.launch(mode).start();
    let value = |length: usize| "v".repeat(length);
    let call = |over: usize| {
        Call::new(&"M".repeat(32 + over), &format!("/{}", value(2047 + over)))
            .header("Referer", value(1024 + over))
            .header("User-Agent", value(512 + over))
    };
    let mut connection = server.connect();
    connection.call(&call(0)).expect(404);
    connection.call(&call(1)).expect(404);
    let line = |cut: &str| {
        let (method, target) = ("M".repeat(32), value(2047));
        let (referer, agent) = (value(1024), value(512));
        format!(
            "127.0.0.1 - - [TIME] \"{method}{cut} /{target}{cut} HTTP/1.1\" 404 9 \"{referer}{cut}\" \"{agent}{cut}\""
        )
    };
    let lines = folder.await_lines(2);
    assert_eq!(without_time(&lines[0]), line(""));
    assert_eq!(without_time(&lines[1]), line("..."));
}

pub(crate) fn tell_the_target_as_it_was_sent(mode: Mode) {
    let folder = Folder::new();
    let server = folder.start(mode, "common");
    let mut connection = server.connect();
    for (sent, status) in [
        ("GET /%41/../b?c=%20 HTTP/1.1\r\nHost: h\r\n\r\n", 404),
        ("GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n", 200),
        ("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 204),
        ("CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n", 501),
    ] {
        connection.send(sent);
        connection.read().expect(status);
    }
    folder.await_lines(4);
    server
        .connect()
        .call(&Call::get("/").header("Host", "two words"))
        .expect(400);
    folder.await_lines(5);
    let mut old = server.connect();
    old.send("GET / HTTP/1.0\r\n\r\n");
    old.read().expect(200);
    let lines: Vec<_> = folder
        .await_lines(6)
        .iter()
        .map(|line| without_time(line))
        .collect();
    let told: Vec<_> = lines
        .iter()
        .map(|line| line.split_once("[TIME] ").expect("a time").1)
        .collect();
    let expected = [
        "\"GET /%41/../b?c=%20 HTTP/1.1\" 404 9",
        "\"GET http://h/ HTTP/1.1\" 200 5",
        "\"OPTIONS * HTTP/1.1\" 204 -",
        "\"CONNECT h:80 HTTP/1.1\" 501 15",
        "\"GET / HTTP/1.1\" 400 11",
        "\"GET / HTTP/1.0\" 200 5",
    ];
    assert_eq!(told, expected);
}
