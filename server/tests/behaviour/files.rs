//! Answers that are files. The handlers stand in `handlers/behaviour/files.py`.

use std::fs;

use crate::support::server::shared;
use crate::support::{Answer, Call, Launch, Mode, eventually};

fn get(mode: Mode, name: &str) -> Answer {
    shared(mode).get(&format!("/file/{name}"))
}

pub(crate) fn are_named_by_any_path(mode: Mode) {
    for (name, kind) in [
        ("digits", "text/plain; charset=utf-8"),
        ("str", "text/plain; charset=utf-8"),
        ("bytes", "text/plain; charset=utf-8"),
        ("keyword", "text/x-digits"),
        ("async", "text/plain; charset=utf-8"),
        ("relative", "text/plain; charset=utf-8"),
        ("kept", "text/plain; charset=utf-8"),
        ("kept", "text/plain; charset=utf-8"),
    ] {
        let answer = get(mode, name).expect(200);
        assert_eq!(answer.text(), "0123456789", "{name}");
        assert_eq!(answer.header("content-type"), Some(kind), "{name}");
        assert_eq!(answer.header("content-length"), Some("10"), "{name}");
        assert!(answer.header("last-modified").is_some(), "{name}");
        assert_eq!(answer.header("accept-ranges"), Some("bytes"), "{name}");
        assert_eq!(answer.header("server"), Some("coachwhip"), "{name}");
        assert!(
            answer
                .header("etag")
                .is_some_and(|tag| tag.starts_with('"'))
        );
    }
}

pub(crate) fn follow_conditions_and_ranges(mode: Mode) {
    let server = shared(mode);
    let mut connection = server.connect();
    for name in ["digits", "async"] {
        let target = format!("/file/{name}");
        let whole = connection.call(&Call::get(&target)).expect(200);
        let tag = whole.header("etag").expect("a tag").to_owned();
        let changed = whole.header("last-modified").expect("a date");
        for (field, value, status, body) in [
            ("If-None-Match", &*tag, 304, ""),
            ("If-None-Match", "\"other\"", 200, "0123456789"),
            ("If-Modified-Since", changed, 304, ""),
            ("If-Match", "\"other\"", 412, "Precondition Failed"),
            ("If-Match", &*tag, 200, "0123456789"),
            ("Range", "bytes=2-4", 206, "234"),
            ("Range", "bytes=-2", 206, "89"),
            ("Range", "bytes=10-", 416, "Range Not Satisfiable"),
            ("Range", "bytes=0-0,2-2", 200, "0123456789"),
        ] {
            let answer = connection.call(&Call::get(&target).header(field, value));
            let shown = format!("{name} {field}: {value}");
            assert_eq!(answer.status, status, "{shown}");
            assert_eq!(answer.text(), body, "{shown}");
        }
        let ranged = Call::get(&target).header("Range", "bytes=2-4");
        for (if_range, status) in [(&*tag, 206), ("\"other\"", 200)] {
            connection
                .call(&ranged.clone().header("If-Range", if_range))
                .expect(status);
        }
        let head = connection.call(&Call::new("HEAD", &target)).expect(200);
        assert_eq!(head.header("content-length"), Some("10"));
        assert_eq!(head.header("etag"), Some(&*tag));
    }
}

pub(crate) fn keep_what_the_handler_says(mode: Mode) {
    let server = shared(mode);
    let call = Call::get("/file/headers");
    let answer = server.call(&call).expect(200);
    let disposition = Some("attachment; filename=\"digits.txt\"");
    assert_eq!(answer.header("content-disposition"), disposition);
    assert_eq!(answer.header("content-type"), Some("text/x-digits"));
    assert_eq!(answer.all("x-seen"), ["once", "twice"]);
    assert!(answer.header("set-cookie").is_some());
    let tag = answer.header("etag").expect("a tag").to_owned();
    assert_ne!(
        tag, "\"of the handler\"",
        "it would promise what is not kept"
    );
    let rows = [
        ("If-None-Match", &*tag, 304),
        ("If-Match", "\"x\"", 412),
        ("Range", "bytes=99-", 416),
    ];
    for (field, value, status) in rows {
        let answer = server
            .call(&call.clone().header(field, value))
            .expect(status);
        assert_eq!(answer.header("cache-control"), Some("max-age=60"));
        assert_eq!(answer.all("x-seen"), ["once", "twice"]);
        assert_eq!(answer.header("content-disposition"), None, "{status}");
        let kind = (status != 304).then_some("text/plain; charset=utf-8");
        assert_eq!(answer.header("content-type"), kind, "{status}");
    }
    let partial = server.call(&call.header("Range", "bytes=1-2")).expect(206);
    assert_eq!(partial.header("content-disposition"), disposition);
    assert_eq!(partial.text(), "12");
}

/// Conditions and ranges are of `GET` and `HEAD` that succeed: other answers have the whole file.
pub(crate) fn are_whole_with_another_status_or_method(mode: Mode) {
    let server = shared(mode);
    for (method, target, status) in [
        ("GET", "/file/status/404", 404),
        ("GET", "/file/status/201", 201),
        ("GET", "/file/status/416", 416),
        ("GET", "/file/status/503", 503),
        ("GET", "/file/tuple", 203),
        ("POST", "/file/posted", 200),
    ] {
        let call = match method {
            "POST" => Call::post(target, "with a body"),
            _ => Call::get(target),
        };
        let call = call
            .header("If-None-Match", "*")
            .header("Range", "bytes=0-1");
        let answer = server.call(&call).expect(status);
        assert_eq!(answer.text(), "0123456789", "{target}");
        let kind = Some("text/plain; charset=utf-8");
        assert_eq!(answer.header("content-type"), kind, "{target}");
    }
    for status in [204, 304] {
        let target = format!("/file/status/{status}");
        let answer = server.get(&target).expect(status);
        assert_eq!(answer.header("content-type"), None);
    }
}

pub(crate) fn that_are_not_there_are_404_and_one_record(mode: Mode) {
    let server = Launch::under(mode, "behaviour")
        .args(["--workers", "1"])
        .start();
    let mut connection = server.connect();
    for (name, handler, file) in [
        ("missing", "files.missing", "missing.txt"),
        ("folder", "files.a_folder", "behaviour"),
        ("pipe", "files.a_pipe", "/proc/self/fd/"),
    ] {
        let answer = connection
            .call(&Call::get(&format!("/file/{name}")))
            .expect(404);
        assert_eq!(answer.text(), "Not Found");
        eventually(&format!("a record that names {handler} and {file}"), || {
            let stderr = server.stderr();
            let mut records = stderr.lines().filter(|line| line.contains(handler));
            let record = records.next()?;
            assert_eq!(records.next(), None, "one record");
            (record.contains("WARN") && record.contains(file)).then_some(())
        });
    }
    connection.call(&Call::get("/file/odd")).expect(410);
    connection.call(&Call::get("/file/digits")).expect(200);
}

pub(crate) fn are_refused_where_they_are_made(mode: Mode) {
    assert_eq!(get(mode, "refuses").expect(200).text(), "ok");
}

/// The server's own binary has some 100 MiB in a debug build; the next request is answered after all of it.
pub(crate) fn are_sent_in_pieces_when_large(mode: Mode) {
    let server = shared(mode);
    let mut connection = server.connect();
    connection.send(Call::get("/file/large").bytes());
    connection.send(Call::get("/file/digits").bytes());
    let head = connection.read_head().expect(200);
    let length = fs::metadata(env!("CARGO_BIN_EXE_coachwhip"))
        .expect("the binary")
        .len();
    assert_eq!(head.header("content-length"), Some(&*length.to_string()));
    connection.skip(length);
    assert_eq!(connection.read().expect(200).text(), "0123456789");
}
