//! What to do about the limit on open files: connections leave some of them to others, and running out of them is said.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit};

/// Descriptors that connections leave to the files and sockets of handlers, to static files and event loops: at least so many,
const KEPT_BACK_MIN: u64 = 16;

/// and at least this part of all.
const KEPT_BACK_PART: u64 = 8;

/// How often to complain that none is to be had, at most.
const COMPLAINT_PERIOD: Duration = Duration::from_secs(10);

/// How many connections may be open: `configured`, or as many as the limit on open files has room for beside what is open
/// already, `to_come` descriptors that the server is about to open, and what is kept back for handlers.
///
/// A connection without a descriptor would fail anyhow; but so would whatever else needs one.
pub fn connections_max(configured: usize, to_come: usize) -> usize {
    // Both are absent where there is no limit.
    let Some(limit) = getrlimit(Resource::Nofile).current else {
        return configured;
    };
    let Ok(open) = fs::read_dir("/proc/self/fd") else {
        return configured;
    };
    let taken = u64::try_from(open.count().saturating_add(to_come)).unwrap_or(u64::MAX);
    let room = room_for_connections(limit, taken);
    if room >= configured {
        return configured;
    }
    tracing::info!(
        open_files_max = limit,
        max_connections = configured,
        "the limit on open files (ulimit -n) leaves room for {room} connections only"
    );
    room
}

/// How many connections fit into `limit` descriptors of which so many are taken. One at least: who starts a server wants
/// it to serve.
fn room_for_connections(limit: u64, taken: u64) -> usize {
    let kept_back = KEPT_BACK_MIN.max(limit / KEPT_BACK_PART);
    let room = limit.saturating_sub(taken).saturating_sub(kept_back);
    usize::try_from(room).unwrap_or(usize::MAX).max(1)
}

/// Says that connections can't be accepted, now and then.
#[derive(Debug, Default)]
pub(super) struct Complaints {
    last: Option<Instant>,
    /// Failures since then.
    unsaid: u64,
}

impl Complaints {
    /// Notes a failure, and says so unless that was said a moment ago.
    pub(super) fn note(&mut self, error: &io::Error) {
        let is_due = |last: Instant| last.elapsed() >= COMPLAINT_PERIOD;
        if self.last.is_none_or(is_due) {
            let unsaid = self.unsaid;
            tracing::warn!(%error, failures_before = unsaid, "can't accept connections for now");
            *self = Self {
                last: Some(Instant::now()),
                unsaid: 0,
            };
        } else {
            self.unsaid += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_to_others() {
        assert_eq!(room_for_connections(64, 20), 28, "16 are kept back");
        assert_eq!(room_for_connections(1024, 24), 872, "an eighth is");
        assert_eq!(room_for_connections(1_048_576, 24), 917_480);
    }

    #[test]
    fn there_is_room_for_one_connection_at_least() {
        assert_eq!(room_for_connections(36, 20), 1);
        assert_eq!(room_for_connections(16, 20), 1);
    }

    #[test]
    fn no_more_connections_than_configured() {
        assert_eq!(connections_max(1, 0), 1);
    }

    #[test]
    fn of_many_failures_the_first_is_said() {
        let mut complaints = Complaints::default();
        for _ in 0..5 {
            complaints.note(&io::Error::from_raw_os_error(libc::EMFILE));
        }
        assert_eq!(complaints.unsaid, 4);
        complaints.last = Instant::now().checked_sub(COMPLAINT_PERIOD);
        complaints.note(&io::Error::from_raw_os_error(libc::EMFILE));
        assert_eq!(complaints.unsaid, 0, "said once more");
    }
}
