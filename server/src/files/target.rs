//! From a request's path to a path below a directory.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;

/// The one name beginning with a dot that is for everybody (RFC 8615).
const WELL_KNOWN: &str = ".well-known";

/// What a path asks for below a mount.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Relative, of plain names only; empty for the directory itself.
    pub(super) path: PathBuf,
    /// Whether it ends with a slash, and so can only be a directory.
    pub(super) is_directory: bool,
}

/// What `path`, percent-encoded as it came, asks for below a mount of so many segments; `None` for what can't be there.
///
/// Each segment is decoded by itself, so that an encoded slash is no slash. No segment may lead anywhere else, and none
/// may begin with a dot: such names (`.git`, `.env`) are nobody's to see, but for [`WELL_KNOWN`].
pub(super) fn target(path: &str, mount_segments: usize) -> Option<Target> {
    let mut segments = path.split('/').skip(1 + mount_segments).peekable();
    let mut target = Target {
        path: PathBuf::new(),
        is_directory: false,
    };
    while let Some(segment) = segments.next() {
        if segment.is_empty() && segments.peek().is_none() {
            target.is_directory = true;
            break;
        }
        let name = percent_decode_str(segment).decode_utf8().ok()?;
        let is_hidden = name.starts_with('.') && name != WELL_KNOWN;
        if name.is_empty() || is_hidden || name.contains(['/', '\\', '\0']) {
            return None;
        }
        target.path.push(&*name);
    }
    Some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn target_is_a_path_of_plain_names() {
        for (path, segments, expected, is_directory) in [
            ("/assets/a.txt", 1, "a.txt", false),
            ("/assets/a/b%20c", 1, "a/b c", false),
            ("/assets/gr%C3%BC%C3%9Fe", 1, "grüße", false),
            ("/assets", 1, "", false),
            ("/assets/", 1, "", true),
            ("/assets/a/", 1, "a", true),
            ("/", 0, "", true),
            ("/a", 0, "a", false),
            ("/a/b/c", 2, "c", false),
            ("/assets/.well-known/x", 1, ".well-known/x", false),
            ("/assets/a..b/c...", 1, "a..b/c...", false),
        ] {
            let found = target(path, segments).unwrap_or_else(|| panic!("{path}"));
            assert_eq!(found.path, PathBuf::from(expected), "{path}");
            assert_eq!(found.is_directory, is_directory, "{path}");
        }
    }

    #[test]
    fn target_leads_nowhere_else() {
        for path in [
            "/assets/..",
            "/assets/../x",
            "/assets/%2e%2e/x",
            "/assets/.%2E/x",
            "/assets/a/../x",
            "/assets/./x",
            "/assets/%2e",
            "/assets//x",
            "/assets//",
            "/assets/a%2fb",
            "/assets/%2Fetc/passwd",
            "/assets/..%2fx",
            "/assets/..%5cx",
            "/assets/a\\b",
            "/assets/a%00",
            "/assets/%ff",
            "/assets/.env",
            "/assets/.git/config",
            "/assets/%2egit/config",
        ] {
            assert_eq!(target(path, 1), None, "{path}");
        }
    }
}
