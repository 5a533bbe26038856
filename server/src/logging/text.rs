//! The log format for a person.
//!
//! ```text
//! 2026-01-31T12:00:00.000000Z ERROR handler failed method=GET path="/a b" worker=1
//!   traceback:
//!     Traceback (most recent call last):
//!       File "demo.py", line 3, in index
//! ```
//!
//! A record begins at the first column and everything else of it is indented, so that no text from
//! outside can pass for a record of its own; control characters are escaped for the same reason. Spans are not shown.

use std::fmt::{self, Debug};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// One line a record, and what has line breaks of its own below it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text;

impl<S, N> FormatEvent<S, N> for Text
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut record = Record::default();
        event.record(&mut record);
        let level = *event.metadata().level();
        if writer.has_ansi_escapes() {
            writer.write_str("\x1b[2m")?;
            SystemTime.format_time(&mut writer)?;
            write!(writer, "\x1b[0m {}{level:>5}\x1b[0m", colour(level))?;
        } else {
            SystemTime.format_time(&mut writer)?;
            write!(writer, " {level:>5}")?;
        }
        writeln!(writer, "{}{}", record.message, record.fields)?;
        writer.write_str(&record.below)
    }
}

fn colour(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\x1b[31m",
        Level::WARN => "\x1b[33m",
        Level::INFO => "\x1b[32m",
        Level::DEBUG => "\x1b[34m",
        Level::TRACE => "\x1b[35m",
    }
}

/// The parts of a record in the order in which they are written.
#[derive(Default)]
struct Record {
    /// A space and the message's first line.
    message: String,
    /// ` name=value` for each value without line breaks.
    fields: String,
    /// The indented lines of the others.
    below: String,
}

impl Record {
    fn add(&mut self, field: &Field, text: &str, inline: &str) {
        let name = field.name().trim_start_matches("r#");
        if name == "message" {
            let mut lines = text.lines();
            self.message = format!(" {}", escaped(lines.next().unwrap_or_default()));
            self.add_below(lines);
        } else if text.contains('\n') {
            self.below.extend(["  ", name, ":\n"]);
            self.add_below(text.lines());
        } else {
            self.fields.extend([" ", name, "=", inline]);
        }
    }

    fn add_below<'l>(&mut self, lines: impl Iterator<Item = &'l str>) {
        lines.for_each(|line| self.below.extend(["    ", &escaped(line), "\n"]));
    }
}

impl Visit for Record {
    fn record_str(&mut self, field: &Field, value: &str) {
        let is_plain = !value.is_empty()
            && !value.contains(|c: char| c.is_whitespace() || c.is_control() || c == '"');
        let inline = if is_plain {
            value.to_owned()
        } else {
            format!("{value:?}")
        };
        self.add(field, value, &inline);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = format!("{value:?}");
        self.add(field, &text, &escaped(&text));
    }
}

/// The text with its control characters, but for tabs, made visible.
fn escaped(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() && letter != '\t' {
            visible.extend(letter.escape_default());
        } else {
            visible.push(letter);
        }
    }
    visible
}

#[cfg(test)]
mod tests {
    use tracing::{Dispatch, dispatcher};

    use super::*;
    use crate::logging::tests::Output;

    /// What `log` writes, without the time of the first record.
    fn written(is_coloured: bool, log: impl FnOnce()) -> String {
        let output = Output::default();
        let text = output.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || output.clone())
            .with_ansi(is_coloured);
        dispatcher::with_default(&Dispatch::new(subscriber.event_format(Text).finish()), log);
        let text = text.text();
        let (time, rest) = text.split_once(' ').unwrap();
        assert!(time.contains('T') && time.contains('Z'), "{time}");
        rest.to_owned()
    }

    #[test]
    fn record_is_level_message_and_fields_on_one_line() {
        let text = written(false, || {
            tracing::info!(
                method = "GET",
                path = "/a",
                worker = 3,
                spare = true,
                "served"
            );
        });
        assert_eq!(
            text,
            " INFO served method=GET path=/a worker=3 spare=true\n"
        );
    }

    #[test]
    fn text_that_could_be_misread_is_quoted() {
        let text = written(false, || {
            tracing::warn!(
                empty = "",
                spaced = "a b",
                quoted = "a\"b",
                escape = "\x1b[31m",
                "odd"
            );
        });
        assert_eq!(
            text,
            " WARN odd empty=\"\" spaced=\"a b\" quoted=\"a\\\"b\" escape=\"\\u{1b}[31m\"\n"
        );
    }

    #[test]
    fn traceback_stands_below_its_record_with_real_line_breaks() {
        let traceback = "Traceback (most recent call last):\n  File \"demo.py\", line 3, in index\nValueError: \x1b[2J\r\n";
        let text = written(false, || {
            tracing::error!(
                method = "GET",
                path = "/",
                traceback,
                worker = 1,
                "handler failed"
            );
        });
        assert_eq!(
            text,
            "ERROR handler failed method=GET path=/ worker=1\n\
             \x20 traceback:\n\
             \x20   Traceback (most recent call last):\n\
             \x20     File \"demo.py\", line 3, in index\n\
             \x20   ValueError: \\u{1b}[2J\n"
        );
    }

    #[test]
    fn text_from_outside_can_t_pass_for_a_record() {
        let forged = "/\n2026-01-31T12:00:00.000000Z  INFO forged";
        let text = written(
            false,
            || tracing::info!(path = forged, shown = %forged, "first\nsecond {}", "\x07"),
        );
        assert!(
            text.starts_with(" INFO first\n    second \\u{7}\n"),
            "{text}"
        );
        assert!(
            text.lines().skip(1).all(|line| line.starts_with("  ")),
            "{text}"
        );
    }

    #[test]
    fn colour_marks_the_level_where_it_is_wanted() {
        let text = written(true, || tracing::error!("broken"));
        assert_eq!(text, "\x1b[31mERROR\x1b[0m broken\n");
    }
}
