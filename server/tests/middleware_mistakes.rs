//! Mistakes in functions before and after the handlers and for errors: no server starts with one, and each is named.

#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each test file uses its own part"
)]
mod support;

use support::Launch;

const FILE: &str = "middleware_mistakes.py:";
const STATUS: &str = "a status from 400 to 599, or an exception type, is allowed";

/// What `handlers/middleware_mistakes.py` does, and parts of the message: the function with file and line, and what is
/// allowed.
const MISTAKES: [(&str, &[&str]); 18] = [
    (
        "before-takes-nothing",
        &[
            "@before_request of",
            "takes_nothing (",
            FILE,
            "for the request",
            "called with (request)",
        ],
    ),
    (
        "before-takes-two",
        &[
            "@before_request of",
            "takes_two (",
            FILE,
            "'second'",
            "called with (request)",
        ],
    ),
    (
        "after-takes-one",
        &[
            "@after_request of",
            "takes_one (",
            FILE,
            "for the response",
            "called with (request, response)",
        ],
    ),
    (
        "error-takes-three",
        &[
            "@error_handler(404) of",
            "takes_three (",
            FILE,
            "'third'",
            "(request, error)",
        ],
    ),
    (
        "error-takes-more-by-name",
        &[
            "@error_handler(Lost) of",
            "takes_more_by_name (",
            FILE,
            "'strict'",
        ],
    ),
    (
        "before-is-no-function",
        &[
            "@before_request takes a function, not int",
            "middleware_mistakes.py",
        ],
    ),
    (
        "error-is-no-function",
        &[
            "@error_handler(404) takes a function, not str",
            "middleware_mistakes.py",
        ],
    ),
    (
        "status-too-low",
        &["@error_handler(399) of", "takes_two (", FILE, STATUS],
    ),
    (
        "status-too-high",
        &["@error_handler(600) of", "takes_two (", FILE, STATUS],
    ),
    (
        "status-huge",
        &["@error_handler(1180591620717411303424) of", FILE, STATUS],
    ),
    ("status-is-true", &["@error_handler(True) of", FILE, STATUS]),
    (
        "status-is-text",
        &["@error_handler('404') of", FILE, STATUS],
    ),
    (
        "type-is-no-exception",
        &["@error_handler(<class 'int'>) of", FILE, STATUS],
    ),
    ("instance", &["@error_handler(Lost()) of", FILE, STATUS]),
    (
        "no-parentheses",
        &["write @error_handler(404)", "takes_two", FILE],
    ),
    (
        "status-twice",
        &[
            "two functions clash: @error_handler(404) is",
            "takes_two (",
            "takes_two_again (",
            FILE,
            "one is allowed",
        ],
    ),
    (
        "type-twice",
        &[
            "two functions clash: @error_handler(Lost) is",
            "takes_two (",
            FILE,
        ],
    ),
    (
        "too-late",
        &["@before_request of", "takes_one (", FILE, "too late"],
    ),
];

#[test]
fn mistakes_exit_1_at_import() {
    for (mistake, parts) in MISTAKES {
        let launch = Launch::app("middleware_mistakes").env("MISTAKE", mistake);
        let ended = launch.run();
        let stderr = ended.stderr;
        assert_eq!(ended.code, Some(1), "{mistake}; stderr:\n{stderr}");
        assert_eq!(ended.stdout, "", "{mistake}");
        for part in parts {
            assert!(
                stderr.contains(part),
                "{mistake}: no {part:?} in stderr:\n{stderr}"
            );
        }
    }
}
