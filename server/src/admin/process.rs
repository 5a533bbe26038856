//! What the kernel says of this process.

use std::fs;

use rustix::param::{clock_ticks_per_second, page_size};
use rustix::process::{Resource, getrlimit};

use super::float;

/// The figures of `/proc/self`; what can't be read is left out.
#[derive(Debug, Default)]
pub(super) struct Process {
    /// Seconds since the epoch.
    pub(super) start_time: Option<f64>,
    pub(super) cpu_seconds: Option<f64>,
    pub(super) threads: Option<f64>,
    pub(super) resident_bytes: Option<u64>,
    pub(super) open_fds: Option<f64>,
    pub(super) max_fds: Option<f64>,
}

/// The processor time of one thread.
#[derive(Debug)]
pub(super) struct ThreadTime {
    pub(super) name: String,
    pub(super) seconds: f64,
}

/// The fields of `stat` that follow the name, which is between parentheses and may hold anything (`proc_pid_stat(5)`).
struct Stat<'a> {
    name: &'a str,
    fields: Vec<&'a str>,
}

impl<'a> Stat<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (before, after) = text.rsplit_once(')')?;
        Some(Self {
            name: before.split_once('(')?.1,
            fields: after.split_whitespace().collect(),
        })
    }

    /// A field by its number in the manual, the first of which here is 3.
    fn number(&self, field: usize) -> Option<f64> {
        self.fields.get(field - 3)?.parse().ok()
    }

    fn ticks(&self, field: usize) -> Option<f64> {
        Some(self.number(field)? / float(clock_ticks_per_second()))
    }

    fn cpu_seconds(&self) -> Option<f64> {
        Some(self.ticks(14)? + self.ticks(15)?)
    }
}

/// What a file of `/proc` says after `name`, as a number.
fn after(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

impl Process {
    /// What it says now.
    pub(super) fn read() -> Self {
        let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let stat = Stat::parse(&stat);
        let number = |field| stat.as_ref()?.number(field);
        let boot = fs::read_to_string("/proc/stat").unwrap_or_default();
        let boot = after(&boot, "btime ");
        let since_boot = stat.as_ref().and_then(|stat| stat.ticks(22));
        Self {
            start_time: boot.zip(since_boot).map(|(boot, since)| boot + since),
            cpu_seconds: stat.as_ref().and_then(Stat::cpu_seconds),
            threads: number(20),
            resident_bytes: resident_bytes(),
            open_fds: open_fds(),
            max_fds: getrlimit(Resource::Nofile).current.map(float),
        }
    }
}

/// The memory that is in use, shared pages included.
pub(super) fn resident_bytes() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * page_size() as u64)
}

/// The memory that is in use, of a page that several processes share the share alone. The kernel walks over all of it, so this
/// is for a scrape now and then.
pub(super) fn proportional_bytes() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/smaps_rollup").ok()?;
    Some(after(&text, "Pss:")? * 1024.0)
}

fn open_fds() -> Option<f64> {
    // One of them is this reading's own.
    let open = fs::read_dir("/proc/self/fd").ok()?.count();
    Some(float(open.saturating_sub(1) as u64))
}

/// The processor time of each thread. Names repeat: a thread has that of the one that has started it, unless it takes another.
pub(super) fn threads() -> Vec<ThreadTime> {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten();
    let times = tasks.filter_map(|task| {
        let text = fs::read_to_string(task.ok()?.path().join("stat")).ok()?;
        let stat = Stat::parse(&text)?;
        Some(ThreadTime {
            name: stat.name.to_owned(),
            seconds: stat.cpu_seconds()?,
        })
    });
    times.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{SystemTime, UNIX_EPOCH};

    #[test]
    fn a_name_may_hold_parentheses_and_blanks() {
        let text = "7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 17 0 99";
        let stat = Stat::parse(text).unwrap();
        assert_eq!(stat.name, "a) b (c");
        assert_eq!(stat.number(20), Some(17.0));
        let ticks = float(clock_ticks_per_second());
        assert_eq!(stat.cpu_seconds(), Some(300.0 / ticks));
        assert_eq!(stat.number(99), None);
    }

    #[test]
    fn this_process_has_all_figures() {
        let process = Process::read();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let age = now.as_secs_f64() - process.start_time.unwrap();
        assert!((-2.0..86_400.0).contains(&age), "{age}");
        assert!(process.resident_bytes.unwrap() > 1_000_000);
        assert!(proportional_bytes().unwrap() > 1e6);
        assert!(process.open_fds.unwrap() >= 3.0);
        assert!(process.max_fds.unwrap() >= process.open_fds.unwrap());
        assert!(process.threads.unwrap() >= 1.0);
        assert!(process.cpu_seconds.unwrap() >= 0.0);
        assert!(!threads().is_empty());
    }
}
