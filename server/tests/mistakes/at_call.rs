//! What can't be answered: what a handler returns or raises.

/// What a handler returns or raises, and what the record says of it.
pub(crate) const RETURNS: [(&str, &[&str]); 24] = [
    (
        "{1}",
        &["can't return set", "it may return str, bytes, dict"],
    ),
    (
        "object()",
        &["can't return object", "(body, status, headers)"],
    ),
    ("dict", &["can't return type"]),
    ("HTTPError(404)", &["can't return HTTPError; raise it"]),
    (
        "('a',)",
        &["(body, status) or (body, status, headers)", "1 items"],
    ),
    (
        "('a', 200, {}, 4)",
        &["(body, status) or (body, status, headers)", "4 items"],
    ),
    ("(('a', 1), 200)", &["the body in a tuple can't be a tuple"]),
    ("('a', '200')", &["status must be int, not str"]),
    ("('a', 200.0)", &["status must be int, not float"]),
    ("('a', 99)", &["status must be from 200 to 599, not 99"]),
    (
        "('a', 200, 'X: 1')",
        &["a mapping or a list of (name, value) pairs, not str"],
    ),
    ("('a', 200, ['X'])", &["str is no (name, value) pair"]),
    (
        "('a', 200, {'X': 1})",
        &["a header value must be str, not int"],
    ),
    (
        "('a', 200, {1: 'X'})",
        &["a header name must be str, not int"],
    ),
    (
        "('a', 200, {'X': 'a\\nb'})",
        &["not allowed as a header value", "control character"],
    ),
    (
        "('a', 200, {'X Y': 'a'})",
        &["\"X Y\" is not allowed as a header name"],
    ),
    ("{'a': float('nan')}", &["NaN"]),
    ("{1: 2}", &["keys must be str, not int"]),
    ("[{1}]", &["set can't be written as JSON"]),
    (
        "Response({'a': 1})",
        &["a body must be str, bytes or an iterator of these, not dict; see Response.json"],
    ),
    (
        "Response('', status='200')",
        &["status must be int, not str"],
    ),
    (
        "Response('', headers={'X': 1})",
        &["a header value must be str, not int"],
    ),
    ("Response.redirect('/', status=200)", &["from 300 to 399"]),
    ("1 / 0", &["ZeroDivisionError: division by zero"]),
];
