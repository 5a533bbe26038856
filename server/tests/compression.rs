//! Compression by configuration: what is compressed, for whom, and nothing without it.

#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each test file uses its own part"
)]
mod support;

use std::io::Read;

use support::{Answer, Call, Connection, Launch, Server};

fn server(args: &[&str]) -> Server {
    Launch::app("layers").args(args).start()
}

/// One that offers everything.
fn generous() -> Server {
    generous_with(&[])
}

fn generous_with(args: &[&str]) -> Server {
    let launch = Launch::app("layers").args(args);
    launch
        .env("COACHWHIP_COMPRESSION", "gzip,br,zstd,deflate")
        .start()
}

fn get(connection: &mut Connection, target: &str, accepts: &str) -> Answer {
    connection.call(&Call::get(target).header("Accept-Encoding", accepts))
}

/// The body without its coding.
fn decoded(answer: &Answer) -> Vec<u8> {
    let body = answer.body.as_slice();
    let mut decoder: Box<dyn Read> = match answer.header("content-encoding") {
        Some("gzip") => Box::new(flate2::read::GzDecoder::new(body)),
        Some("deflate") => Box::new(flate2::read::ZlibDecoder::new(body)),
        Some("br") => Box::new(brotli::Decompressor::new(body, 4096)),
        Some("zstd") => Box::new(zstd::Decoder::new(body).expect("a frame")),
        None => Box::new(body),
        Some(other) => panic!("an unknown coding: {other}"),
    };
    let mut whole = Vec::new();
    decoder
        .read_to_end(&mut whole)
        .expect("what was compressed");
    whole
}

#[test]
fn nothing_is_compressed_without_configuration() {
    let server = server(&[]);
    let answer = get(
        &mut server.connect(),
        "/answers/text",
        "gzip, br, zstd, deflate",
    );
    assert_eq!(answer.header("content-encoding"), None);
    assert_eq!(answer.header("vary"), None);
    assert_eq!(answer.header("content-length"), Some("4400"));
}

#[test]
fn clients_get_what_they_like_best() {
    let server = generous();
    let mut connection = server.connect();
    let plain = connection.call(&Call::get("/answers/text")).expect(200);
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(
        plain.header("vary"),
        Some("accept-encoding"),
        "caches must know"
    );
    let rows = [
        ("gzip", Some("gzip")),
        ("deflate", Some("deflate")),
        ("br", Some("br")),
        ("zstd", Some("zstd")),
        ("gzip, deflate, br, zstd", Some("zstd")),
        ("gzip, deflate, br", Some("br")),
        ("br;q=0.5, gzip;q=0.9", Some("gzip")),
        ("br;q=0, gzip", Some("gzip")),
        ("GZIP", Some("gzip")),
        ("identity", None),
        ("gzip;q=0", None),
        ("lzma", None),
        ("", None),
        // Nothing that there is suits: the answer comes all the same.
        ("identity;q=0", None),
        ("lzma, *;q=0", None),
    ];
    for (accepts, coding) in rows {
        let answer = get(&mut connection, "/answers/text", accepts).expect(200);
        assert_eq!(answer.header("content-encoding"), coding, "{accepts:?}");
        assert_eq!(decoded(&answer), plain.body, "{accepts:?}");
        assert_eq!(
            answer.header("vary"),
            Some("accept-encoding"),
            "{accepts:?}"
        );
        let is_shorter = answer.body.len() < plain.body.len() / 4;
        assert_eq!(
            is_shorter,
            coding.is_some(),
            "{accepts:?}: {}",
            answer.body.len()
        );
    }
}

#[test]
fn only_what_is_configured_is_offered() {
    let server = server(&["--compression", "gzip", "--compression-min-bytes", "5000"]);
    let mut connection = server.connect();
    let answer = get(&mut connection, "/json", "br, zstd, gzip;q=0.1");
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert_eq!(
        get(&mut connection, "/json", "br").header("content-encoding"),
        None
    );
    let short = get(&mut connection, "/answers/text", "gzip");
    assert_eq!(short.header("content-encoding"), None);
}

#[test]
fn only_what_gains_from_it_is_compressed() {
    let server = generous();
    let mut connection = server.connect();
    let compressed = [
        "text",
        "charset",
        "svg",
        "problem",
        "long",
        "shortest",
        "tagged",
        "weakly-tagged",
    ];
    for kind in compressed {
        let answer = get(&mut connection, &format!("/answers/{kind}"), "gzip");
        assert_eq!(answer.header("content-encoding"), Some("gzip"), "{kind}");
        let length = answer.header("x-length").expect("every handler tells it");
        assert_eq!(decoded(&answer).len().to_string(), length, "{kind}");
    }
    let plain = [
        "too-short",
        "image",
        "bytes",
        "events",
        "final",
        "image-tagged",
    ];
    for kind in plain {
        let answer = get(&mut connection, &format!("/answers/{kind}"), "gzip");
        assert_eq!(answer.header("content-encoding"), None, "{kind}");
        assert_eq!(
            answer.header("content-length"),
            answer.header("x-length"),
            "{kind}"
        );
        assert_eq!(
            answer.header("vary"),
            None,
            "{kind}: it is the same for all"
        );
    }
    let encoded = get(&mut connection, "/answers/encoded", "gzip");
    assert_eq!(encoded.header("content-encoding"), Some("x-own"));
    assert_eq!(encoded.header("content-length"), Some("4400"));
    for (target, status) in [("/empty", 204), ("/not-modified", 304), ("/nowhere", 404)] {
        let answer = get(&mut connection, target, "gzip").expect(status);
        assert_eq!(answer.header("content-encoding"), None, "{target}");
    }
}

/// Caches keep parts and whole answers together, and change what they have by a 304 (RFC 9110 sections 15.3.7, 15.4.5).
#[test]
fn parts_and_304_have_the_fields_of_the_whole() {
    let server = generous();
    let mut connection = server.connect();
    let fields = [
        "etag",
        "vary",
        "content-location",
        "cache-control",
        "last-modified",
    ];
    for accepts in ["gzip", "identity", "br;q=0.5, identity", "*", ""] {
        for target in ["/file", "/file?type=image/png", "/known", "/known?untyped"] {
            let shown = format!("{accepts:?} {target}");
            let whole = get(&mut connection, target, accepts).expect(200);
            let is_coded = whole.header("content-encoding").is_some();
            let tag = whole.header("etag").expect("a tag").to_owned();
            assert_eq!(tag.starts_with("W/"), is_coded, "{shown}");
            let has_two = !target.contains("png");
            let varies = has_two.then_some("accept-encoding");
            assert_eq!(whole.header("vary"), varies, "{shown}");
            let call = Call::get(target).header("Accept-Encoding", accepts);
            for known in [tag.clone(), format!("\"other\", {tag}")] {
                let answer = connection.call(&call.clone().header("If-None-Match", &known));
                let answer = answer.expect(304);
                for name in fields {
                    assert_eq!(answer.header(name), whole.header(name), "{shown}: {name}");
                }
                for name in ["content-type", "content-length", "content-encoding"] {
                    assert_eq!(answer.header(name), None, "{shown}: {name}");
                }
            }
            if target.starts_with("/file") {
                let part = connection
                    .call(&call.header("Range", "bytes=0-1"))
                    .expect(206);
                assert_eq!(part.header("vary"), varies, "{shown}");
                assert_eq!(part.header("content-encoding"), None, "{shown}");
                let strong = tag.trim_start_matches("W/");
                assert_eq!(part.header("etag"), Some(strong), "{shown}");
            }
        }
    }
    for kind in ["ranged", "partial"] {
        let answer = get(&mut connection, &format!("/answers/{kind}"), "gzip").expect(206);
        assert_eq!(answer.header("content-encoding"), None, "{kind}");
        assert_eq!(answer.header("content-length"), answer.header("x-length"));
        assert_eq!(answer.header("vary"), Some("accept-encoding"), "{kind}");
    }
}

#[test]
fn header_fields_fit_the_compressed_body() {
    let server = generous();
    let mut connection = server.connect();
    let tags = [("tagged", "W/\"strong\""), ("weakly-tagged", "W/\"weak\"")];
    for (kind, tag) in tags {
        let answer = get(&mut connection, &format!("/answers/{kind}"), "br");
        assert_eq!(answer.header("etag"), Some(tag));
        assert_eq!(answer.header("content-length"), None);
    }
    let answer = get(&mut connection, "/answers/tagged", "identity");
    assert_eq!(answer.header("etag"), Some("\"strong\""));
    assert_eq!(answer.header("content-length"), Some("4400"));
    let answer = get(&mut connection, "/answers/varying", "br");
    assert_eq!(answer.all("vary"), ["Cookie", "accept-encoding"]);
}

#[test]
fn head_tells_what_get_would() {
    let server = generous();
    let mut connection = server.connect();
    for accepts in ["gzip", "identity"] {
        let ask =
            |method: &str| Call::new(method, "/answers/tagged").header("Accept-Encoding", accepts);
        let head = connection.call(&ask("HEAD")).expect(200);
        let get = connection.call(&ask("GET")).expect(200);
        assert!(head.body.is_empty());
        for name in [
            "content-encoding",
            "content-type",
            "content-length",
            "etag",
            "vary",
        ] {
            assert_eq!(head.header(name), get.header(name), "{accepts}: {name}");
        }
    }
    // The connection is still in order.
    get(&mut connection, "/json", "gzip").expect(200);
}

#[test]
fn clients_of_http_1_0_get_whole_bodies() {
    let server = generous();
    let mut connection = server.connect();
    connection.send("GET /answers/long HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n");
    let answer = connection.read().expect(200);
    assert_eq!(decoded(&answer).len(), 4_400_000);
}

/// Many long answers at once on one I/O thread, each decoding to what it should.
#[test]
fn long_answers_are_compressed_side_by_side() {
    let server = generous_with(&["--io-threads", "1"]);
    let mut connections: Vec<_> = (0..4).map(|_| server.connect()).collect();
    let codings = ["gzip", "br", "zstd", "deflate"];
    for (connection, coding) in connections.iter_mut().zip(codings) {
        connection.send(
            Call::get("/answers/long")
                .header("Accept-Encoding", coding)
                .bytes(),
        );
    }
    for (connection, coding) in connections.iter_mut().zip(codings) {
        let answer = connection.read().expect(200);
        assert_eq!(answer.header("content-encoding"), Some(coding));
        let whole = decoded(&answer);
        assert_eq!(whole.len(), 4_400_000, "{coding}");
        assert!(whole.chunks(44).all(|one| one == &whole[..44]), "{coding}");
    }
}

#[test]
fn compression_and_cors_go_together() {
    let server = server(&[
        "--compression",
        "gzip",
        "--cors-origins",
        "https://here.example",
    ]);
    let call = Call::get("/json")
        .header("Accept-Encoding", "gzip")
        .header("Origin", "https://here.example");
    let answer = server.call(&call).expect(200);
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("https://here.example")
    );
    assert_eq!(answer.all("vary"), ["origin", "accept-encoding"]);
}

/// What is compressed has no length, so that it ends with the connection where chunks can't be read.
#[test]
fn old_clients_are_told_that_the_connection_ends() {
    let server = generous();
    let mut connection = server.connect();
    let asking = |fields: &str| {
        format!("GET /answers/text HTTP/1.0\r\nConnection: keep-alive\r\n{fields}\r\n")
    };
    connection.send(asking(""));
    let plain = connection.read().expect(200);
    assert_eq!(plain.header("connection"), Some("keep-alive"));
    connection.send(asking("Accept-Encoding: gzip\r\n"));
    let answer = connection.read().expect(200);
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(decoded(&answer), plain.body);
    assert!(connection.is_closed());
}
