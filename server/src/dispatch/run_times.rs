//! How long handlers take, and which are short.

use std::time::Duration;

/// A handler that takes longer is long: by then a sleeper, whom it takes some 10 us to wake, could have taken what waits.
pub(super) const LONG: Duration = Duration::from_micros(50);

/// The newest run counts for so much of the estimate: a single slow one (the thread lost its core) does not make it long.
const WEIGHT: u64 = 8;

/// So many runs in a row must be short before a handler counts as short.
const IN_A_ROW: u32 = 128;

/// One run in this many, about, may be long: so often a thread loses its core in the middle of a handler.
const RUNS_PER_LONG_ONE: u32 = 256;

/// How fast the share of long runs forgets: by one part in this many with each run.
const MEMORY: u32 = 512;

/// A share of 1.
const ALL: u32 = 1 << 24;

/// How long handlers take, as one worker has seen it, for each route.
#[derive(Debug, Default)]
pub(super) struct RunTimes(Vec<Route>);

#[derive(Clone, Debug)]
struct Route {
    /// The estimate, in nanoseconds; 0 before the first run.
    expected_ns: u64,
    /// How many runs were short since the last long one.
    in_a_row: u32,
    /// The share of long runs among the last ones, in parts of `ALL`.
    long_share: u32,
}

impl Route {
    const NEW: Self = Self {
        expected_ns: 0,
        in_a_row: 0,
        long_share: 0,
    };

    fn expect(&mut self, took_ns: u64) {
        self.expected_ns = match self.expected_ns {
            0 => took_ns.max(1),
            known => (known * (WEIGHT - 1) + took_ns) / WEIGHT,
        };
    }
}

impl RunTimes {
    /// Whether a handler is expected to take long; one that has never run is.
    pub(super) fn is_long(&self, route: usize) -> bool {
        let expected_ns = self.0.get(route).map_or(0, |route| route.expected_ns);
        expected_ns == 0 || expected_ns > nanoseconds(LONG)
    }

    /// Notes how long a handler took; tells whether it counts as short, where this run says something about that.
    ///
    /// It does after many short runs in a row, if long ones are rare; and no longer after a single long one, for which
    /// everything on its thread has waited.
    pub(super) fn note(&mut self, route: usize, took: Duration) -> Option<bool> {
        if self.0.len() <= route {
            self.0.resize(route + 1, Route::NEW);
        }
        let route = &mut self.0[route];
        let is_long = took > LONG;
        route.expect(nanoseconds(took));
        route.long_share -= route.long_share / MEMORY;
        if is_long {
            route.long_share += ALL / MEMORY;
            route.in_a_row = 0;
            return Some(false);
        }
        route.in_a_row = route.in_a_row.wrapping_add(1);
        let is_sure = route.in_a_row.is_multiple_of(IN_A_ROW);
        (is_sure && route.long_share <= ALL / RUNS_PER_LONG_ONE).then_some(true)
    }
}

/// A handler that runs for longer than 500 years is not told from one that runs for 500.
pub(super) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT_RUN: Duration = Duration::from_micros(2);
    const LONG_RUN: Duration = Duration::from_millis(1);

    /// How many short runs it takes until the route counts as short.
    fn runs_until_short(times: &mut RunTimes) -> u32 {
        (1..10_000)
            .find(|_| times.note(0, SHORT_RUN) == Some(true))
            .expect("short in the end")
    }

    #[test]
    fn one_slow_run_does_not_make_the_estimate_long() {
        let mut times = RunTimes::default();
        assert!(times.is_long(3), "never run");
        (0..20).for_each(|_| _ = times.note(3, SHORT_RUN));
        assert!(!times.is_long(3));
        times.note(3, LONG * 6);
        assert!(!times.is_long(3));
        (0..20).for_each(|_| _ = times.note(3, LONG * 6));
        assert!(times.is_long(3));
        assert!(times.is_long(0), "another route");
    }

    #[test]
    fn a_route_is_short_after_many_short_runs_and_long_after_one_long_run() {
        let mut times = RunTimes::default();
        assert_eq!(runs_until_short(&mut times), IN_A_ROW);
        assert_eq!(times.note(0, LONG_RUN), Some(false));
        assert_eq!(runs_until_short(&mut times), IN_A_ROW, "once is forgiven");
    }

    #[test]
    fn a_route_that_is_long_now_and_then_is_not_short_in_between() {
        let mut times = RunTimes::default();
        for _ in 0..9 {
            assert_ne!(times.note(0, LONG_RUN), Some(true));
            assert!((0..IN_A_ROW - 1).all(|_| times.note(0, SHORT_RUN).is_none()));
        }
        assert!(runs_until_short(&mut times) > 2 * IN_A_ROW, "not so soon");
    }
}
