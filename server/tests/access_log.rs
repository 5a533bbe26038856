//! The access log: what a line says, that none is forged or lost in order, and that no request waits for it.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

/// The promises, one file a topic.
mod access_log {
    pub(crate) mod answers;
    pub(crate) mod clients;
    pub(crate) mod faults;
    pub(crate) mod files;
    pub(crate) mod lines;
    mod starting;
}

use std::fs;
use std::path::PathBuf;

use access_log::{answers, clients, faults, files, lines};
use serde_json::Value;
use support::{Launch, Mode, Server, eventually};
use tempfile::TempDir;

support::mode::under_every! { mode;
    lines: [
        combined_has_referer_and_user_agent,
        common_has_neither,
        json_has_one_object_a_line,
        cannot_be_forged,
        are_cut_where_values_are_long,
        tell_the_target_as_it_was_sent,
    ],
    answers: [
        without_a_handler_are_logged,
        of_too_many_requests_are_logged,
        nobody_waited_for_are_logged_as_499,
        that_are_streamed_are_logged_at_their_end,
        that_break_off_are_not_complete,
        that_are_not_taken_in_count_what_was_sent,
        that_become_sockets_are_logged,
        that_are_files_are_logged,
        that_are_compressed_count_what_was_sent,
    ],
    clients: [
        of_http2_are_logged_alike,
        of_http2_may_leave,
        behind_trusted_proxies_are_named,
    ],
    files: [
        are_appended_to,
        are_opened_anew_on_sighup,
        have_every_line_of_a_server_that_ends_under_load,
        may_be_standard_error,
    ],
    faults: [
        full_disk_holds_up_nothing,
        full_disk_is_told_at_the_end,
        full_disk_tears_no_line,
    ],
}

/// What takes long: once for each strategy.
mod long {
    crate::support::mode::under_every! { strategy;
        faults: [reader_that_stalls_holds_up_nothing],
    }
}

/// A folder for the log, and for what the handlers say.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A server of the handlers that logs to `access.log`.
    fn launch(&self, mode: impl Into<Mode>) -> Launch {
        Launch::under(mode, "access_log")
            .env("ACCESS_LOG_FOLDER", self.0.path())
            .args([PathBuf::from("--access-log"), self.path("access.log")])
    }

    fn start(&self, mode: Mode, format: &str) -> Server {
        let launch = self.launch(mode).args(["--access-log-format", format]);
        launch.start()
    }

    /// The lines that are there, without their ends.
    fn lines(&self) -> Vec<String> {
        lines_of(&fs::read(self.path("access.log")).unwrap_or_default())
    }

    /// The lines, when there are so many.
    fn await_lines(&self, count: usize) -> Vec<String> {
        let lines = eventually(&format!("{count} lines"), || {
            Some(self.lines()).filter(|lines| lines.len() >= count)
        });
        assert_eq!(lines.len(), count, "{lines:#?}");
        lines
    }

    /// What a handler of `/hold/NAME` waits for.
    fn let_go(&self, name: &str) {
        fs::write(self.path(&format!("{name}.goes")), "").expect("a file");
    }

    /// Waits until the handler of `/hold/NAME` runs.
    fn await_run(&self, name: &str) {
        let file = self.path(&format!("{name}.runs"));
        eventually(&format!("{name} runs"), || file.exists().then_some(()));
    }
}

/// Whole lines; fails for a last one without an end.
fn lines_of(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8(bytes.to_vec()).expect("the log is UTF-8");
    let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
    whole.lines().map(str::to_owned).collect()
}

/// A line of the common formats with its time as `[TIME]`; fails for what is no time.
fn without_time(line: &str) -> String {
    let (before, rest) = line.split_once('[').expect("a time");
    let (time, after) = rest.split_once(']').expect("the end of a time");
    let shape: String = time
        .chars()
        .map(|character| match character {
            '0'..='9' => '9',
            'a'..='z' => 'a',
            'A'..='Z' => 'A',
            other => other,
        })
        .collect();
    assert_eq!(shape, "99/Aaa/9999:99:99:99 +9999", "{line}");
    format!("{before}[TIME]{after}")
}

/// A line as JSON, without what differs from run to run.
fn object(line: &str) -> Value {
    let mut object: Value =
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let members = object.as_object_mut().expect("an object");
    let time = members.remove("time").expect("a time");
    let time = time.as_str().expect("a text");
    assert_eq!(
        (time.len(), &time[10..11], &time[19..20], &time[23..]),
        (24, "T", ".", "Z"),
        "{time}"
    );
    let duration = members.remove("duration").expect("a duration").as_f64();
    assert!(
        duration.is_some_and(|seconds| (0.0..600.0).contains(&seconds)),
        "{line}"
    );
    object
}

/// The sum of what the log says was lost.
fn told_lost(stderr: &str) -> u64 {
    let mut total = 0;
    for line in stderr
        .lines()
        .filter(|line| line.contains("records of the access log were lost"))
    {
        let number = |name: &str| -> u64 {
            let value = line
                .split(&format!(" {name}="))
                .nth(1)
                .and_then(|rest| rest.split(' ').next());
            value
                .and_then(|value| value.parse().ok())
                .unwrap_or_else(|| panic!("no {name} in {line}"))
        };
        total += number("lost");
        assert_eq!(number("total"), total, "{line}");
    }
    total
}
