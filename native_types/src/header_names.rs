//! The header names that a pool keeps, and how one is found: in a table that the compiler fills.

use std::ffi::CStr;

/// Names that browsers, clients and proxies send, in lower case.
#[rustfmt::skip]
pub(crate) const NAMES: [&CStr; 60] = [
    c"accept", c"accept-charset", c"accept-encoding", c"accept-language", c"access-control-request-headers",
    c"access-control-request-method", c"authorization", c"cache-control", c"connection", c"content-encoding",
    c"content-length", c"content-type", c"cookie", c"date", c"dnt", c"etag", c"expect", c"forwarded", c"from", c"host",
    c"if-match", c"if-modified-since", c"if-none-match", c"if-range", c"if-unmodified-since", c"keep-alive",
    c"last-modified", c"location", c"origin", c"pragma", c"priority", c"proxy-authorization", c"range", c"referer",
    c"sec-ch-ua", c"sec-ch-ua-mobile", c"sec-ch-ua-platform", c"sec-fetch-dest", c"sec-fetch-mode", c"sec-fetch-site",
    c"sec-fetch-user", c"set-cookie", c"te", c"traceparent", c"tracestate", c"transfer-encoding", c"upgrade",
    c"upgrade-insecure-requests", c"user-agent", c"vary", c"via", c"x-api-key", c"x-csrf-token", c"x-forwarded-for",
    c"x-forwarded-host", c"x-forwarded-port", c"x-forwarded-proto", c"x-real-ip", c"x-request-id", c"x-requested-with",
];

/// How many places the table has: four times as many as names, so that two seldom meet.
const PLACES: usize = 256;

/// What an empty place holds.
const NONE: u8 = u8::MAX;

/// The index of a name stands at its [`place`], or at the next one that was free.
static TABLE: [u8; PLACES] = table();

/// The index of `name` in [`NAMES`], where it is one of them.
pub(crate) fn position(name: &str) -> Option<usize> {
    let name = name.as_bytes();
    let mut at = place(name);
    while TABLE[at] != NONE {
        let index = usize::from(TABLE[at]);
        if NAMES[index].to_bytes() == name {
            return Some(index);
        }
        at = (at + 1) % PLACES;
    }
    None
}

/// Where the search for a name begins: by its length and three of its letters.
const fn place(name: &[u8]) -> usize {
    let length = name.len();
    if length == 0 {
        return 0;
    }
    let letters = [name[0], name[length / 2], name[length - 1]];
    // The factors were searched for: with these, no name is further than one place away.
    let sum = length * 241 + letters[0] as usize * 27 + letters[1] as usize * 149;
    (sum + letters[2] as usize * 103) % PLACES
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "there are fewer names than a byte can number"
)]
const fn table() -> [u8; PLACES] {
    let mut table = [NONE; PLACES];
    let mut index = 0;
    while index < NAMES.len() {
        let mut at = place(NAMES[index].to_bytes());
        while table[at] != NONE {
            at = (at + 1) % PLACES;
        }
        table[at] = index as u8;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_other() {
        for (index, name) in NAMES.iter().enumerate() {
            let name = name.to_str().unwrap();
            assert_eq!(position(name), Some(index), "{name}");
            assert_eq!(
                position(&name[1..]),
                None,
                "{name} without its first letter"
            );
            assert_eq!(position(&format!("{name}-")), None, "more than {name}");
            assert!(http::HeaderName::from_lowercase(name.as_bytes()).is_ok());
        }
        assert_eq!(position(""), None);
    }

    #[test]
    fn a_name_is_found_at_once_or_nearly() {
        let steps = NAMES.iter().enumerate().map(|(index, name)| {
            let found = TABLE.iter().position(|known| usize::from(*known) == index);
            (found.unwrap() + PLACES - place(name.to_bytes())) % PLACES
        });
        assert!(steps.max() <= Some(1));
    }
}
