//! Every form of the fields, with proxies on 10.0.0.0/8 and `::1` trusted and the peer at 10.0.0.1:9.

use http::HeaderValue;

use super::*;
use crate::http::Allowed;

const PEER: &str = "10.0.0.1:9 http";

/// Address and scheme as one text, or `contradiction`.
fn told(fields: &[(&str, &[u8])]) -> String {
    let trusted = ["10.0.0.0/8", "::1"].map(|text| text.parse().unwrap());
    let trusted = TrustedProxies::new(Allowed::These(trusted.to_vec())).unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_bytes(value).unwrap());
    }
    let peer = Peer {
        client: Some("10.0.0.1:9".parse().unwrap()),
        scheme: Scheme::Http,
        is_trusted: true,
    };
    match far_end(peer, &headers, &trusted) {
        Ok(Peer { client, scheme, .. }) => format!("{} {}", client.unwrap(), scheme.as_str()),
        Err(Contradiction) => "contradiction".to_owned(),
    }
}

#[track_caller]
fn says(name: &str, values: &[(&str, &str)]) {
    for (value, expected) in values {
        assert_eq!(
            told(&[(name, value.as_bytes())]),
            *expected,
            "{name}: {value}"
        );
    }
}

#[test]
fn x_forwarded_for_is_walked_from_the_right() {
    says(
        "x-forwarded-for",
        &[
            ("8.8.8.8", "8.8.8.8:0 http"),
            ("8.8.8.8:4711", "8.8.8.8:4711 http"),
            ("2001:db8::1", "[2001:db8::1]:0 http"),
            ("[2001:db8::1]", "[2001:db8::1]:0 http"),
            ("[2001:db8::1]:4711", "[2001:db8::1]:4711 http"),
            ("::ffff:8.8.8.8", "8.8.8.8:0 http"),
            ("9.9.9.9, 8.8.8.8", "8.8.8.8:0 http"),
            ("9.9.9.9,8.8.8.8 ,10.1.1.1\t, ::1", "8.8.8.8:0 http"),
            ("9.9.9.9, 8.8.8.8, ::ffff:10.1.1.1", "8.8.8.8:0 http"),
            ("garbage, 8.8.8.8", "8.8.8.8:0 http"),
            ("\"9.9.9.9, 8.8.8.8", "8.8.8.8:0 http"),
            ("8.8.8.8, ,", "8.8.8.8:0 http"),
            // All are proxies: the one that is the farthest away.
            ("10.3.3.3, 10.2.2.2", "10.3.3.3:0 http"),
            // What a trusted proxy says without being understood ends the walk.
            ("8.8.8.8, unknown, 10.2.2.2", "10.2.2.2:0 http"),
            ("8.8.8.8, 1.2.3, 10.2.2.2", "10.2.2.2:0 http"),
        ],
    );
}

#[test]
fn x_forwarded_for_without_an_address_says_nothing() {
    for value in [
        "",
        ",",
        "garbage",
        "unknown",
        "_hidden",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "01.2.3.4",
        "1.2.3.4:",
        "1.2.3.4:x",
        "1.2.3.4:+1",
        "1.2.3.4:65536",
        "[::1",
        "::1]",
        "[::1]1",
        "[1.2.3.4]",
        "fe80::1%eth0",
        "1.2.3.4 5.6.7.8",
        "for=1.2.3.4",
        "1.2.3.4;8.8.8.8",
        "]",
        ":",
        "é",
    ] {
        says("x-forwarded-for", &[(value, PEER)]);
        let left = format!("8.8.8.8, {value}");
        // An empty element is none.
        if !value.trim_matches(',').is_empty() {
            says("x-forwarded-for", &[(&left, PEER)]);
        }
    }
}

#[test]
fn bytes_of_a_client_hide_nothing() {
    assert_eq!(
        told(&[("x-forwarded-for", b"\xff\xfe, 8.8.8.8")]),
        "8.8.8.8:0 http"
    );
    assert_eq!(
        told(&[("forwarded", b"for=\"\xff, for=8.8.8.8")]),
        "8.8.8.8:0 http"
    );
    assert_eq!(told(&[("x-forwarded-for", b"\xff")]), PEER);
    assert_eq!(told(&[("forwarded", b"for=\"\xff\"")]), PEER);
}

#[test]
fn fields_of_one_name_are_one_list() {
    let fields: [(&str, &[u8]); 3] = [
        ("x-forwarded-for", b"9.9.9.9"),
        ("x-forwarded-for", b"8.8.8.8"),
        ("x-forwarded-for", b"10.2.2.2"),
    ];
    assert_eq!(told(&fields), "8.8.8.8:0 http");
    let fields: [(&str, &[u8]); 2] = [("forwarded", b"for=9.9.9.9"), ("forwarded", b"for=8.8.8.8")];
    assert_eq!(told(&fields), "8.8.8.8:0 http");
}

#[test]
fn x_forwarded_proto_is_the_nearest_proxys() {
    says(
        "x-forwarded-proto",
        &[
            ("https", "10.0.0.1:9 https"),
            ("HTTPS", "10.0.0.1:9 https"),
            ("wss", "10.0.0.1:9 https"),
            ("ws", PEER),
            ("http", PEER),
            ("http, https", "10.0.0.1:9 https"),
            ("https, http", PEER),
            ("https, ", "10.0.0.1:9 https"),
            ("https, ftp", PEER),
            ("https;", PEER),
            ("\"https\"", PEER),
            ("", PEER),
        ],
    );
}

#[test]
fn forwarded_has_nodes_of_every_form() {
    says(
        "forwarded",
        &[
            ("for=8.8.8.8", "8.8.8.8:0 http"),
            ("For=8.8.8.8;PROTO=https", "8.8.8.8:0 https"),
            (
                "proto=https;for=8.8.8.8;by=10.0.0.1;host=a",
                "8.8.8.8:0 https",
            ),
            ("for=\"8.8.8.8\"", "8.8.8.8:0 http"),
            ("for=\"8.8.8.8:4711\"", "8.8.8.8:4711 http"),
            ("for=\"8.8.8.8:_port\"", "8.8.8.8:0 http"),
            ("for=\"[2001:db8::1]\"", "[2001:db8::1]:0 http"),
            ("for=\"[2001:db8::1]:4711\"", "[2001:db8::1]:4711 http"),
            ("for=\"[2001:DB8::1]:_a.b-c_1\"", "[2001:db8::1]:0 http"),
            ("for=\"[::ffff:8.8.8.8]\"", "8.8.8.8:0 http"),
            ("for=\"8\\.8.8.8\"", "8.8.8.8:0 http"),
            (";for=8.8.8.8;", "8.8.8.8:0 http"),
            ("for=8.8.8.8 ; proto=https", "8.8.8.8:0 https"),
            ("for=8.8.8.8;secret=\"a,b;c=\\\"d\"", "8.8.8.8:0 http"),
            ("for=8.8.8.8;proto=ftp", "8.8.8.8:0 http"),
            ("proto=https", "10.0.0.1:9 https"),
            ("for=unknown;proto=https", "10.0.0.1:9 https"),
            ("for=Unknown", PEER),
            ("for=_gazonk", PEER),
            ("for=\"_gazonk:80\"", PEER),
            ("for=\"unknown:_p\"", PEER),
        ],
    );
}

#[test]
fn forwarded_is_walked_from_the_right() {
    says(
        "forwarded",
        &[
            ("for=9.9.9.9, for=8.8.8.8", "8.8.8.8:0 http"),
            ("for=9.9.9.9;proto=https, for=8.8.8.8", "8.8.8.8:0 http"),
            (
                "for=8.8.8.8;proto=https, for=10.2.2.2;proto=http",
                "8.8.8.8:0 https",
            ),
            (
                "for=8.8.8.8, for=\"[::1]:80\";proto=https",
                "8.8.8.8:0 http",
            ),
            ("for=8.8.8.8;proto=https, for=10.2.2.2,", "8.8.8.8:0 https"),
            ("for=9.9.9.9, for=unknown, for=10.2.2.2", "10.2.2.2:0 http"),
            ("for=9.9.9.9, proto=https, for=10.2.2.2", "10.2.2.2:0 https"),
            (
                "for=9.9.9.9, for=x, for=10.2.2.2;proto=https",
                "10.2.2.2:0 https",
            ),
            ("for=10.3.3.3, for=10.2.2.2", "10.3.3.3:0 http"),
            ("for=\"9.9.9.9, for=8.8.8.8", "8.8.8.8:0 http"),
            (
                "for=\"9.9.9.9, for=\"[2001:db8::1]\"",
                "[2001:db8::1]:0 http",
            ),
            ("for=\"\\\", for=\"8.8.8.8\"", "8.8.8.8:0 http"),
            ("===, for=8.8.8.8", "8.8.8.8:0 http"),
        ],
    );
}

#[test]
fn forwarded_that_is_malformed_says_nothing() {
    for value in [
        "",
        ",",
        ";",
        "8.8.8.8",
        "for",
        "for=",
        "=8.8.8.8",
        "for=8.8.8.8:80",
        "for=[2001:db8::1]",
        "for=2001:db8::1",
        "for=\"2001:db8::1\"",
        "for=\"8.8.8.8",
        "for=8.8.8.8\"",
        "for=\"8.8.8.8\"x",
        "for=8.8.8.8 x",
        "for=8.8.8.8;for=8.8.4.4",
        "for=8.8.8.8;proto=https;proto=http",
        "for=8.8.8.8;proto=ht tp",
        "for=8.8.8.8;x",
        "for=8.8.8.8;x y=z",
        "for=8.8.8.8;=z",
        "for = 8.8.8.8",
        "for=\"[8.8.8.8]\"",
        "for=\"[2001:db8::1]x\"",
        "for=\"[2001:db8::1]:\"",
        "for=\"8.8.8.8:\"",
        "for=\"8.8.8.8:123456\"",
        "for=\"8.8.8.8:+80\"",
        "for=\"8.8.8.8:_\"",
        "for=_",
        "for=\"_a b\"",
        "for=\"\"",
        "for=localhost",
        "for=unknown1",
        "for=\"\\",
    ] {
        says("forwarded", &[(value, PEER)]);
    }
}

#[test]
fn both_kinds_of_fields_must_agree() {
    let both = |standard: &'static str, customary: &'static str, proto: &'static str| {
        let fields = [
            ("forwarded", standard.as_bytes()),
            ("x-forwarded-for", customary.as_bytes()),
            ("x-forwarded-proto", proto.as_bytes()),
        ];
        told(&fields)
    };
    for (standard, customary, proto, expected) in [
        ("for=8.8.8.8", "8.8.8.8", "https", "8.8.8.8:0 https"),
        ("for=\"8.8.8.8:1\"", "8.8.8.8", "", "8.8.8.8:1 http"),
        ("for=8.8.8.8", "8.8.8.8:2", "", "8.8.8.8:2 http"),
        (
            "for=8.8.8.8;proto=https",
            "8.8.8.8",
            "https",
            "8.8.8.8:0 https",
        ),
        ("proto=https", "8.8.8.8", "", "8.8.8.8:0 https"),
        ("garbage", "8.8.8.8", "", "8.8.8.8:0 http"),
        ("for=8.8.8.8", "garbage", "garbage", "8.8.8.8:0 http"),
        ("for=8.8.8.8, for=10.2.2.2", "8.8.8.8", "", "8.8.8.8:0 http"),
        ("for=9.9.9.9", "8.8.8.8", "", "contradiction"),
        (
            "for=9.9.9.9, for=8.8.8.8",
            "8.8.8.8, 9.9.9.9",
            "",
            "contradiction",
        ),
        (
            "for=8.8.8.8;proto=https",
            "8.8.8.8",
            "http",
            "contradiction",
        ),
        ("for=10.2.2.2", "8.8.8.8", "", "contradiction"),
    ] {
        assert_eq!(
            both(standard, customary, proto),
            expected,
            "{standard} | {customary} | {proto}"
        );
    }
}
