//! Validators, conditional requests and ranges (RFC 9110 sections 8.8, 13 and 14).

use std::fs::File;
use std::time::{Duration, SystemTime};

use crate::Folder;
use crate::support::{Answer, Call, Connection};

/// When the file was changed, unless a test says otherwise.
const CHANGED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const CHANGED_SECONDS: u64 = 784_111_777;
const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

fn changed_at(folder: &Folder, time: SystemTime) {
    let file = File::options()
        .append(true)
        .open(folder.path("public/digits.txt"));
    let file = file.expect("a file that may be written");
    file.set_modified(time).expect("the file's own time");
}

fn in_1994() -> Folder {
    let folder = Folder::new();
    changed_at(
        &folder,
        SystemTime::UNIX_EPOCH + Duration::from_secs(CHANGED_SECONDS),
    );
    folder
}

fn ask(connection: &mut Connection, method: &str, headers: &[(&str, &str)]) -> Answer {
    let call = Call::new(method, "/assets/digits.txt");
    let call = headers
        .iter()
        .fold(call, |call, (name, value)| call.header(name, value));
    connection.call(&call)
}

#[test]
fn an_answer_says_what_the_file_is() {
    let folder = in_1994();
    let server = folder.serve();
    let mut connection = server.connect();
    for method in ["GET", "HEAD"] {
        let answer = ask(&mut connection, method, &[]).expect(200);
        assert_eq!(answer.header("content-length"), Some("10"));
        assert_eq!(answer.header("last-modified"), Some(CHANGED));
        assert_eq!(answer.header("accept-ranges"), Some("bytes"));
        assert_eq!(answer.header("server"), Some("coachwhip"));
        assert!(answer.header("date").is_some());
        let etag = answer.header("etag").expect("a tag");
        assert!(etag.starts_with('"') && etag.ends_with('"'), "a strong tag");
        assert_eq!(
            answer.text(),
            if method == "GET" { "0123456789" } else { "" }
        );
    }
    let former = ask(&mut connection, "GET", &[]);
    folder.write("public/digits.txt", "9876543210");
    changed_at(
        &folder,
        SystemTime::UNIX_EPOCH + Duration::new(CHANGED_SECONDS, 1_000_000),
    );
    let latter = ask(&mut connection, "GET", &[]);
    assert_ne!(former.header("etag"), latter.header("etag"), "another file");
    assert_eq!(
        former.header("last-modified"),
        latter.header("last-modified")
    );
}

/// `TAG` stands for the file's own tag.
#[test]
fn conditions_are_judged_in_their_order() {
    let folder = in_1994();
    let server = folder.serve();
    let mut connection = server.connect();
    let tag = ask(&mut connection, "GET", &[])
        .header("etag")
        .map(str::to_owned);
    let tag = tag.expect("a tag");
    let rows: &[(&[(&str, &str)], u16)] = &[
        (&[("If-None-Match", "TAG")], 304),
        (&[("If-None-Match", "W/TAG")], 304),
        (&[("If-None-Match", "\"a,b\", TAG")], 304),
        (
            &[("If-None-Match", "\"other\""), ("If-None-Match", "TAG")],
            304,
        ),
        (&[("If-None-Match", "*")], 304),
        (&[("If-None-Match", "\"other\"")], 200),
        (&[("If-Modified-Since", CHANGED)], 304),
        (&[("If-Modified-Since", AFTER)], 304),
        (&[("If-Modified-Since", BEFORE)], 200),
        (&[("If-Modified-Since", "yesterday")], 200),
        (
            &[("If-None-Match", "\"other\""), ("If-Modified-Since", AFTER)],
            200,
        ),
        (
            &[("If-None-Match", "TAG"), ("If-Modified-Since", BEFORE)],
            304,
        ),
        (&[("If-Match", "TAG")], 200),
        (&[("If-Match", "\"other\", TAG")], 200),
        (&[("If-Match", "*")], 200),
        (&[("If-Match", "\"other\"")], 412),
        (&[("If-Match", "W/TAG")], 412),
        (&[("If-Unmodified-Since", CHANGED)], 200),
        (&[("If-Unmodified-Since", BEFORE)], 412),
        (&[("If-Match", "TAG"), ("If-Unmodified-Since", BEFORE)], 200),
        (&[("If-Match", "TAG"), ("If-None-Match", "TAG")], 304),
        (&[("If-Match", "\"other\""), ("If-None-Match", "TAG")], 412),
        (&[("If-None-Match", "TAG"), ("Range", "bytes=0-1")], 304),
        (&[("If-Match", "\"other\""), ("Range", "bytes=0-1")], 412),
    ];
    for (headers, status) in rows {
        let values: Vec<_> = headers
            .iter()
            .map(|(name, value)| (*name, value.replace("TAG", &tag)))
            .collect();
        let headers: Vec<_> = values
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        for method in ["GET", "HEAD"] {
            let answer = ask(&mut connection, method, &headers);
            assert_eq!(answer.status, *status, "{method} {headers:?}");
            assert_eq!(answer.header("server"), Some("coachwhip"));
            if *status == 304 {
                assert_eq!(answer.header("etag"), Some(&*tag));
                assert_eq!(answer.header("content-type"), None);
                assert_eq!(answer.header("transfer-encoding"), None);
            }
        }
    }
}

#[test]
fn ranges_are_sent_alone() {
    let folder = in_1994();
    let server = folder.serve();
    let mut connection = server.connect();
    for (range, status, body, told) in [
        ("bytes=0-4", 206, "01234", "bytes 0-4/10"),
        ("bytes=4-4", 206, "4", "bytes 4-4/10"),
        ("bytes=7-", 206, "789", "bytes 7-9/10"),
        ("bytes=7-100", 206, "789", "bytes 7-9/10"),
        ("bytes=7-99999999999999999999", 206, "789", "bytes 7-9/10"),
        ("bytes=-3", 206, "789", "bytes 7-9/10"),
        ("bytes=-100", 206, "0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, "", "bytes */10"),
        ("bytes=10-12", 416, "", "bytes */10"),
        ("bytes=99999999999999999999-", 416, "", "bytes */10"),
        ("bytes=-0", 416, "", "bytes */10"),
        // Ignored: several at once, malformed, another unit.
        ("bytes=0-1,4-5", 200, "0123456789", ""),
        ("bytes=0-0,0-0,0-0,0-0,0-0,0-0", 200, "0123456789", ""),
        ("bytes=4-0", 200, "0123456789", ""),
        ("bytes=one-two", 200, "0123456789", ""),
        ("lines=0-1", 200, "0123456789", ""),
        ("0-1", 200, "0123456789", ""),
    ] {
        let answer = ask(&mut connection, "GET", &[("Range", range)]);
        assert_eq!(answer.status, status, "{range}");
        assert_eq!(
            answer.header("content-range").unwrap_or(""),
            told,
            "{range}"
        );
        assert!(status == 416 || answer.text() == body, "{range}");
        let length = answer.body.len().to_string();
        assert_eq!(answer.header("content-length"), Some(&*length), "{range}");
        assert!(answer.header("etag").is_some(), "{range}");
        let answer = ask(&mut connection, "HEAD", &[("Range", range)]);
        assert_eq!(answer.status, 200, "a range is for GET: {range}");
        assert_eq!(answer.header("content-length"), Some("10"), "{range}");
    }
    folder.write("public/digits.txt", "");
    let answer = ask(&mut connection, "GET", &[("Range", "bytes=0-")]).expect(200);
    assert_eq!(answer.header("content-length"), Some("0"));
}

#[test]
fn a_range_is_of_the_file_that_the_client_knows() {
    let folder = in_1994();
    let server = folder.serve();
    let mut connection = server.connect();
    let tag = ask(&mut connection, "GET", &[])
        .header("etag")
        .map(str::to_owned);
    let tag = tag.expect("a tag");
    for (if_range, status) in [
        (tag.clone(), 206),
        (CHANGED.to_owned(), 206),
        (format!("W/{tag}"), 200),
        ("\"other\"".to_owned(), 200),
        (BEFORE.to_owned(), 200),
        (AFTER.to_owned(), 200),
        ("nonsense".to_owned(), 200),
    ] {
        let headers = [("Range", "bytes=2-3"), ("If-Range", &*if_range)];
        let answer = ask(&mut connection, "GET", &headers).expect(status);
        let body = if status == 206 { "23" } else { "0123456789" };
        assert_eq!(answer.text(), body, "{if_range}");
    }
    // Without a range there is nothing to judge; a range that can't be had of another file is of no interest.
    ask(&mut connection, "GET", &[("If-Range", "\"other\"")]).expect(200);
    let headers = [("Range", "bytes=99-"), ("If-Range", "\"other\"")];
    ask(&mut connection, "GET", &headers).expect(200);
}

/// Times that HTTP has no date for, or that are still to come.
#[test]
fn odd_times_do_no_harm() {
    let folder = in_1994();
    let server = folder.serve();
    let mut connection = server.connect();
    let day = Duration::from_hours(24);
    changed_at(&folder, SystemTime::UNIX_EPOCH - day);
    let answer = ask(&mut connection, "GET", &[]).expect(200);
    assert_eq!(answer.header("last-modified"), None);
    changed_at(&folder, SystemTime::UNIX_EPOCH + day * 365 * 9000);
    ask(&mut connection, "GET", &[]).expect(200);
    changed_at(&folder, SystemTime::now() + day);
    let answer = ask(&mut connection, "GET", &[]).expect(200);
    let told =
        |name| httpdate::parse_http_date(answer.header(name).expect("a date")).expect("a date");
    assert!(told("last-modified") <= told("date"));
}

/// Each version of a file in turn: its tag, and its date where it has one.
fn validators(answer: &Answer) -> (String, Option<String>) {
    let field = |name| answer.header(name).map(str::to_owned);
    (field("etag").expect("a tag"), field("last-modified"))
}

/// As many bytes as before, at once and with the same time: what `tar`, reproducible images and `rsync` leave behind.
#[test]
fn a_changed_file_is_never_taken_for_the_known_one() {
    let folder = in_1994();
    let server = folder.serve();
    let mut connection = server.connect();
    let texts = ["0123456789", "9876543210"];
    for seconds in [0, 1, 2, CHANGED_SECONDS] {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        folder.write("public/digits.txt", texts[1]);
        changed_at(&folder, time);
        for round in 0..20 {
            let (tag, date) = validators(&ask(&mut connection, "GET", &[]).expect(200));
            assert_eq!(date.is_some(), seconds > 1, "{seconds}: {date:?}");
            let text = texts[round % 2];
            if round % 4 < 2 {
                folder.write("public/digits.txt", text);
            } else {
                let other = folder.write("public/other.txt", text);
                std::fs::rename(other, folder.path("public/digits.txt")).expect("moved");
            }
            changed_at(&folder, time);
            let shown = format!("{seconds}, round {round}: {tag}");
            for headers in [
                &[("If-None-Match", &*tag)][..],
                &[("If-Range", &*tag), ("Range", "bytes=0-1")],
            ] {
                let answer = ask(&mut connection, "GET", headers);
                assert_eq!((answer.status, &*answer.text()), (200, text), "{shown}");
            }
            ask(&mut connection, "GET", &[("If-Match", &*tag)]).expect(412);
            if date.is_none() {
                for date in ["Thu, 01 Jan 1970 00:00:00 GMT", AFTER] {
                    ask(&mut connection, "GET", &[("If-Modified-Since", date)]).expect(200);
                    ask(&mut connection, "GET", &[("If-Unmodified-Since", date)]).expect(200);
                }
            }
        }
    }
}

/// The date of a second that is not over promises nothing.
#[test]
fn a_file_that_changes_within_a_second_is_sent_anew() {
    let folder = in_1994();
    let server = folder.serve();
    let mut connection = server.connect();
    for text in ["0123456789", "9876543210"].into_iter().cycle().take(20) {
        let (_, date) = validators(&ask(&mut connection, "GET", &[]).expect(200));
        let date = date.expect("a date");
        folder.write("public/digits.txt", text);
        for headers in [
            &[("If-Modified-Since", &*date)][..],
            &[("If-Range", &*date), ("Range", "bytes=0-1")],
        ] {
            let answer = ask(&mut connection, "GET", headers);
            assert_eq!((answer.status, &*answer.text()), (200, text), "{date}");
        }
    }
    // Two seconds later nothing changes any more, and both validators hold.
    std::thread::sleep(Duration::from_millis(2100));
    let (tag, date) = validators(&ask(&mut connection, "GET", &[]).expect(200));
    let date = date.expect("a date");
    for (name, value) in [("If-None-Match", &*tag), ("If-Modified-Since", &*date)] {
        ask(&mut connection, "GET", &[(name, value)]).expect(304);
    }
    for if_range in [&*tag, &*date] {
        let headers = [("If-Range", if_range), ("Range", "bytes=0-1")];
        ask(&mut connection, "GET", &headers).expect(206);
    }
}
