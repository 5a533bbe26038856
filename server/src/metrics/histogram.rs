//! How long things took, in buckets.

use std::time::Duration;

use super::Count;

/// How many finite buckets there are.
pub const BUCKETS: usize = 26;

/// The first bucket's bound is this power of two, in nanoseconds: 1.024 us. Each further bound is twice as long, so the last
/// is some 34 s. Powers of two, because finding the bucket takes one instruction then.
const FIRST_POWER: u32 = 10;

/// A bucket's upper bound, in seconds; what took exactly so long is in it.
pub fn bound_seconds(bucket: usize) -> f64 {
    Duration::from_nanos(1 << (FIRST_POWER as usize + bucket)).as_secs_f64()
}

/// Durations, counted in [`BUCKETS`] buckets and one for what is longer.
///
/// # Threads
///
/// As [`Count`].
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [Count; BUCKETS],
    longer: Count,
    nanoseconds: Count,
}

/// What a [`Histogram`] held when it was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// How many were in each bucket or one before it.
    pub cumulative: [u64; BUCKETS],
    /// How many there were.
    pub count: u64,
    /// How long they took together, in seconds.
    pub seconds: f64,
}

fn bucket_of(nanoseconds: u64) -> usize {
    // How many bits the number before has: what is exactly a bound belongs below it.
    let bits = u64::BITS - nanoseconds.saturating_sub(1).leading_zeros();
    bits.saturating_sub(FIRST_POWER) as usize
}

impl Histogram {
    /// Counts one.
    pub fn record(&self, took: Duration) {
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let bucket = self.buckets.get(bucket_of(nanoseconds));
        bucket.unwrap_or(&self.longer).add(1);
        self.nanoseconds.add(nanoseconds);
    }

    /// What it holds.
    pub fn seen(&self) -> Seen {
        let mut count = 0;
        let cumulative = std::array::from_fn(|bucket| {
            count += self.buckets[bucket].get();
            count
        });
        Seen {
            cumulative,
            count: count + self.longer.get(),
            seconds: Duration::from_nanos(self.nanoseconds.get()).as_secs_f64(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_in_the_first_bucket_that_is_long_enough() {
        for bucket in 0..BUCKETS {
            let bound = 1_u64 << (10 + bucket);
            assert_eq!(bucket_of(bound), bucket, "{bound} ns is within");
            assert_eq!(bucket_of(bound + 1), bucket + 1, "and one more is not");
        }
        assert_eq!(bucket_of(0), 0);
        assert_eq!(bucket_of(1), 0);
        assert!(bucket_of(u64::MAX) >= BUCKETS);
    }

    #[test]
    fn what_is_seen_is_cumulative() {
        let histogram = Histogram::default();
        for nanoseconds in [1_000, 1_025, 3_000, u64::MAX / 4] {
            histogram.record(Duration::from_nanos(nanoseconds));
        }
        let seen = histogram.seen();
        assert_eq!(seen.cumulative[..3], [1, 2, 3]);
        assert_eq!(seen.cumulative[BUCKETS - 1], 3);
        assert_eq!(seen.count, 4);
        assert!(seen.seconds > 4e9);
        assert!((bound_seconds(0) - 1.024e-6).abs() < f64::EPSILON);
        assert!((bound_seconds(BUCKETS - 1) - 34.359_738_368).abs() < 1e-12);
    }
}
