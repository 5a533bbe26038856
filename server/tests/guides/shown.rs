//! What a page shows, compared with what was printed.

/// Stands for what varies.
const ANYTHING: &str = "...";

/// Whether `printed` is what the page shows, but for white space at the ends of lines and of the whole.
pub(crate) fn agrees(shown: &str, printed: &str) -> bool {
    let lines = |text: &str| -> Vec<String> {
        let trimmed = text.trim_end().lines();
        trimmed.map(|line| line.trim_end().to_owned()).collect()
    };
    lines_agree(&lines(shown), &lines(printed))
}

fn lines_agree(shown: &[String], printed: &[String]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first == ANYTHING => {
            (0..=printed.len()).any(|skipped| lines_agree(rest, &printed[skipped..]))
        }
        Some((first, rest)) => printed
            .split_first()
            .is_some_and(|(line, others)| line_agrees(first, line) && lines_agree(rest, others)),
    }
}

fn line_agrees(shown: &str, printed: &str) -> bool {
    let Some((start, rest)) = shown.split_once(ANYTHING) else {
        return shown == printed;
    };
    let Some(mut left) = printed.strip_prefix(start) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split(ANYTHING).collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        match left.split_once(part) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    left.ends_with(end)
}

#[test]
fn three_dots_stand_for_what_varies() {
    let rows = [
        ("one\ntwo", "one\ntwo\n", true),
        ("one\ntwo", "one\nthree", false),
        ("one", "one\ntwo", false),
        ("one\ntwo", "one", false),
        ("a ... c", "a b c", true),
        ("a ... c", "a b d", false),
        ("a ... c", "x a b c", false),
        ("...b...", "abc", true),
        ("...b...", "ac", false),
        ("took_ms=...", "took_ms=12", true),
        ("...\ntwo", "zero\none\ntwo", true),
        ("...\ntwo", "two", true),
        ("...\ntwo", "two\nthree", false),
        ("one\n...\nfour", "one\ntwo\nthree\nfour", true),
        ("one\n...\nfour", "one\ntwo\nthree", false),
        ("", "", true),
        ("", "one", false),
    ];
    for (shown, printed, expected) in rows {
        assert_eq!(
            agrees(shown, printed),
            expected,
            "{shown:?} against {printed:?}"
        );
    }
}
