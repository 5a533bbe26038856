//! Who asks, and over which version of HTTP.

use http::{Method, Request, Version};
use serde_json::json;
use tokio::net::TcpStream;

use crate::support::{Call, Mode, Server};
use crate::{Folder, object, without_time};

/// One request over HTTP/2 on a connection of its own; the bytes that are taken before the stream is reset or has ended.
fn call_over_http2(server: &Server, method: Method, target: &str, bytes_max: usize) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let stream = TcpStream::connect(server.ready.address)
            .await
            .expect("a connection");
        let (mut sender, connection) = h2::client::handshake(stream).await.expect("HTTP/2");
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(format!("http://host.example{target}"))
            .version(Version::HTTP_2)
            .body(())
            .expect("a request");
        let (response, _) = sender.send_request(request, true).expect("it is open");
        let mut body = response.await.expect("an answer").into_body();
        let mut taken = 0;
        while taken < bytes_max
            && let Some(piece) = body.data().await
        {
            let length = piece.expect("a piece").len();
            body.flow_control()
                .release_capacity(length)
                .expect("it was taken");
            taken += length;
        }
        taken
    })
}

pub(crate) fn of_http2_are_logged_alike(mode: Mode) {
    let folder = Folder::new();
    let server = folder.start(mode, "common");
    for (number, (method, target)) in [
        (Method::GET, "/?q=1"),
        (Method::GET, "/pieces"),
        (Method::HEAD, "/"),
    ]
    .into_iter()
    .enumerate()
    {
        call_over_http2(&server, method, target, usize::MAX);
        folder.await_lines(number + 1);
    }
    let lines: Vec<_> = folder
        .lines()
        .iter()
        .map(|line| without_time(line))
        .collect();
    let expected = [
        r#"127.0.0.1 - - [TIME] "GET /?q=1 HTTP/2.0" 200 5"#,
        r#"127.0.0.1 - - [TIME] "GET /pieces HTTP/2.0" 200 11"#,
        r#"127.0.0.1 - - [TIME] "HEAD / HTTP/2.0" 200 -"#,
    ];
    assert_eq!(lines, expected);
}

pub(crate) fn of_http2_may_leave(mode: Mode) {
    let folder = Folder::new();
    let server = folder.start(mode, "json");
    let taken = call_over_http2(&server, Method::GET, "/endless", 100_000);
    let object = object(&folder.await_lines(1)[0]);
    assert_eq!(
        (&object["status"], &object["complete"]),
        (&json!(200), &json!(false))
    );
    assert_eq!(object["host"], "host.example");
    assert!(
        object["bytes"]
            .as_u64()
            .is_some_and(|bytes| bytes >= taken as u64),
        "{object}"
    );
}

/// The same whom `request.client` names.
pub(crate) fn behind_trusted_proxies_are_named(mode: Mode) {
    let call = Call::get("/")
        .header("X-Forwarded-For", "198.51.100.9, 203.0.113.7")
        .header("X-Forwarded-Proto", "https");
    for (trusted, client, scheme) in [
        ("127.0.0.1", "203.0.113.7", "https"),
        ("192.0.2.1", "127.0.0.1", "http"),
    ] {
        let folder = Folder::new();
        let launch = folder.launch(mode).args(["--trusted-proxies", trusted]);
        let server = launch.args(["--access-log-format", "json"]).start();
        server.call(&call).expect(200);
        let object = object(&folder.await_lines(1)[0]);
        assert_eq!(
            (&object["client"], &object["scheme"]),
            (&json!(client), &json!(scheme))
        );
    }
}
