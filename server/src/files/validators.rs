//! What tells the versions of a file apart: `ETag` and `Last-Modified` (RFC 9110 section 8.8).
//!
//! Size and time of the last change don't: who unpacks a reproducible image gives every file the same time, and a file may be
//! written twice within a second. The kernel keeps a time of its own for each write, which nobody can set (ctime). It is as
//! fine as the kernel's tick, so a file that was written just now has validators that will never match again.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderValue;
use httpdate::HttpDate;

use super::open::About;

/// How far apart two writes may be and have the same time: some ticks of a slow kernel.
const TICK: Duration = Duration::from_millis(20);

/// The same on a file system that keeps whole seconds, at worst every other one.
const COARSE_TICK: Duration = Duration::from_secs(2);

/// Times up to here say nothing: the first second of the epoch, as archives that hide times have it.
const NO_TIME: Duration = Duration::from_secs(1);

/// The validators of a file, as it was when it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Validators {
    /// `ETag`; weak where the next version could have the same.
    pub(super) tag: HeaderValue,
    /// The second of the last change, where it is known.
    pub(super) modified: Option<SystemTime>,
    /// Whether no later change can have the same [`Self::modified`].
    pub(super) is_date_strong: bool,
    /// When the file was opened.
    seen: SystemTime,
}

impl Validators {
    pub(super) fn of(about: &About) -> Self {
        let since = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let seen = since(about.seen);
        let modified = about
            .modified
            .map(since)
            .filter(|modified| *modified >= NO_TIME + NO_TIME)
            .map(|modified| Duration::from_secs(modified.as_secs()));
        let next_second = modified.map(|modified| modified + Duration::from_secs(1) + TICK);
        Self {
            tag: tag(about, seen),
            modified: modified.map(|modified| UNIX_EPOCH + modified),
            is_date_strong: next_second.is_some_and(|next| next <= seen),
            seen: about.seen,
        }
    }

    /// `Last-Modified`. While the second lasts in which the file was changed, the one before is told: nobody can then take
    /// what comes in the same second for what he has. Nor is it ever later than `Date` (section 8.8.2.1), which hyper writes
    /// anew once a second.
    pub(super) fn last_modified(&self) -> Option<HeaderValue> {
        let modified = self.modified?;
        let told = if self.is_date_strong {
            modified
        } else {
            modified.min(self.seen) - Duration::from_secs(1)
        };
        HttpDate::from(told).to_string().try_into().ok()
    }
}

/// A tag of what the file system says; hashed, for where a file lies is nobody's business.
fn tag(about: &About, seen: Duration) -> HeaderValue {
    let mut hasher = DefaultHasher::new();
    about.identity.hash(&mut hasher);
    let (hash, length) = (hasher.finish(), about.length);
    let (seconds, nanoseconds) = about.identity.changed;
    let changed = Duration::new(
        seconds.try_into().unwrap_or(0),
        nanoseconds.try_into().unwrap_or(0),
    );
    let tick = if nanoseconds == 0 { COARSE_TICK } else { TICK };
    let text = if changed + tick <= seen {
        format!("\"{hash:016x}-{length:x}\"")
    } else {
        let moment = seen.as_nanos();
        format!("W/\"{hash:016x}-{length:x}-{moment:x}\"")
    };
    HeaderValue::try_from(text).expect("made of hexadecimal digits")
}

#[cfg(test)]
mod tests {
    use super::super::open::Identity;
    use super::*;

    const SEEN: u64 = 1_000_000_000;

    fn about(changed: (i64, i64), modified: Duration) -> About {
        About {
            length: 10,
            modified: Some(UNIX_EPOCH + modified),
            identity: Identity {
                inode: 1,
                changed,
                modified: (0, 0),
            },
            seen: UNIX_EPOCH + Duration::from_secs(SEEN),
        }
    }

    fn tag_of(changed: (i64, i64)) -> String {
        let tag = Validators::of(&about(changed, Duration::from_secs(5))).tag;
        tag.to_str().unwrap().to_owned()
    }

    #[test]
    fn a_tag_is_strong_when_the_next_write_has_another_time() {
        let before = i64::try_from(SEEN).unwrap() - 1;
        for (changed, is_strong) in [
            ((before, 1), true),
            ((before, 980_000_000), true),
            ((before, 980_000_001), false),
            ((before + 1, 0), false),
            ((before + 100, 1), false),
            // Whole seconds.
            ((before, 0), false),
            ((before - 1, 0), true),
            // Before the epoch.
            ((-1, 1), true),
        ] {
            assert_eq!(tag_of(changed).starts_with('"'), is_strong, "{changed:?}");
        }
        assert_eq!(tag_of((5, 1)), tag_of((5, 1)));
        assert_ne!(tag_of((5, 1)), tag_of((5, 2)));
    }

    #[test]
    fn a_date_is_told_when_its_second_is_over() {
        let second = Duration::from_secs;
        for (modified, told, is_strong) in [
            (second(0), None, false),
            (second(1), None, false),
            (Duration::new(1, 999_999_999), None, false),
            (second(2), Some(2), true),
            (second(SEEN - 2), Some(SEEN - 2), true),
            (Duration::new(SEEN - 2, 999_999_999), Some(SEEN - 2), true),
            (second(SEEN - 1), Some(SEEN - 2), false),
            (second(SEEN), Some(SEEN - 1), false),
            (second(SEEN + 9), Some(SEEN - 1), false),
        ] {
            let found = Validators::of(&about((5, 1), modified));
            let told = told.map(|told| HttpDate::from(UNIX_EPOCH + second(told)).to_string());
            let date = found.last_modified();
            let date = date.map(|date| date.to_str().unwrap().to_owned());
            assert_eq!(
                (date, found.is_date_strong),
                (told, is_strong),
                "{modified:?}"
            );
        }
    }
}
