//! How long each wait may last, and for whom.

use super::*;

const NONE: Patience = Patience {
    header: Duration::ZERO,
    keep_alive: Duration::ZERO,
    reading: Duration::ZERO,
    reading_rate_min: 100,
};
const LONG: Duration = Duration::from_secs(9);
const PATIENT: Patience = Patience {
    header: LONG,
    keep_alive: LONG,
    reading: LONG,
    ..NONE
};
const LOOK_AGAIN_AT_ONCE: Verdict = Verdict::LookAgain(Duration::ZERO);

/// Fails unless the one limit that is given here alone matters.
#[track_caller]
fn has_limit(activity: &Activity, longer: Patience, shorter: Patience, verdict: Verdict) {
    assert_eq!(activity.verdict(longer), LOOK_AGAIN_AT_ONCE);
    assert_eq!(activity.verdict(shorter), verdict);
}

#[test]
fn each_wait_has_its_own_limit() {
    let (header, keep_alive, reading) = (LONG, LONG, LONG);
    let none = Duration::ZERO;
    let activity = Activity::new();
    // The first byte may take as long as the shorter of the two says.
    for shorter in [
        Patience {
            header: none,
            ..PATIENT
        },
        Patience {
            keep_alive: none,
            ..PATIENT
        },
    ] {
        let longer = Patience {
            reading: none,
            ..PATIENT
        };
        has_limit(&activity, longer, shorter, Verdict::Idle);
    }
    activity.read();
    let (longer, shorter) = (
        Patience { header, ..NONE },
        Patience {
            header: none,
            ..PATIENT
        },
    );
    has_limit(&activity, longer, shorter, Verdict::SlowHead);
    activity.request();
    assert_eq!(
        activity.verdict(NONE),
        LOOK_AGAIN_AT_ONCE,
        "the server's own time"
    );
    activity.write(Poll::Pending);
    let (longer, shorter) = (
        Patience { reading, ..NONE },
        Patience {
            reading: none,
            ..PATIENT
        },
    );
    has_limit(&activity, longer, shorter, Verdict::SlowReader);
    activity.write(Poll::Ready(1));
    activity.response();
    let (longer, shorter) = (
        Patience { keep_alive, ..NONE },
        Patience {
            keep_alive: none,
            ..PATIENT
        },
    );
    has_limit(&activity, longer, shorter, Verdict::Idle);
    activity.read();
    let longer = Patience { header, ..NONE };
    has_limit(&activity, longer, NONE, Verdict::SlowHead);
}

/// As if the socket had taken nothing for so long, and then so many bytes.
fn takes(activity: &Activity, after: Duration, count: usize) {
    activity.write(Poll::Pending);
    let since_ms = now_ms() - u64::try_from(after.as_millis()).unwrap();
    activity.blocked_since_ms.store(since_ms, Ordering::Relaxed);
    activity.write(Poll::Ready(count));
}

/// After how many turns of one second a client is given up that takes in so many bytes in each.
fn given_up_after(count: usize) -> Option<u32> {
    let activity = Activity::new();
    let reading = Duration::from_millis(9_300);
    (1..100).find(|_| {
        takes(&activity, Duration::from_secs(1), count);
        activity.write(Poll::Pending);
        let verdict = activity.verdict(Patience { reading, ..PATIENT });
        activity.write(Poll::Ready(0));
        verdict == Verdict::SlowReader
    })
}

#[test]
fn client_that_takes_in_little_is_given_up() {
    assert_eq!(given_up_after(1), Some(10));
    assert_eq!(given_up_after(50), Some(19));
    assert_eq!(given_up_after(101), None);
}

/// As if so many seconds had passed, with so many bytes in each; whether the connection is cut then.
fn is_cut_while_dropping(activity: &Activity, seconds: u64, count: usize) -> bool {
    (0..seconds).any(|_| {
        let since_ms = activity.since_ms.load(Ordering::Relaxed);
        activity.since_ms.store(since_ms - 1_000, Ordering::Relaxed);
        activity.unread(count);
        activity.verdict(PATIENT) == Verdict::Lingering
    })
}

#[test]
fn what_nobody_reads_has_to_come_fast_enough() {
    for (seconds, count, is_cut) in [
        (4, 0, false),
        (5, 0, true),
        (5, 100, false),
        (6, 100, true),
        (100, 1 << 10, false),
    ] {
        let activity = Activity::new();
        activity.part();
        let told = is_cut_while_dropping(&activity, seconds, count);
        assert_eq!(told, is_cut, "{seconds} s, {count} bytes each");
    }
    let activity = Activity::new();
    activity.part();
    activity.tell(Order::Finish);
    assert!(
        is_cut_while_dropping(&activity, 5, 1 << 20),
        "at the end, nothing prolongs it"
    );
}

#[test]
fn rest_of_a_body_is_no_head() {
    let activity = Activity::new();
    activity.request();
    activity.unread(1);
    assert!(activity.is_with_server(), "it is read by its handler");
    activity.response();
    activity.unread(1);
    let waiting = || activity.waiting.load(Ordering::Relaxed);
    assert_eq!(waiting(), Waiting::Unread as u32);
    activity.body_ended();
    assert_eq!(waiting(), Waiting::Idle as u32);
    activity.body_ended();
    activity.read();
    assert_eq!(waiting(), Waiting::Head as u32);
}

#[test]
fn what_was_taken_in_fast_is_no_credit() {
    let activity = Activity::new();
    takes(&activity, Duration::from_secs(1), 1 << 40);
    assert!(matches!(activity.verdict(PATIENT), Verdict::LookAgain(_)));
    takes(&activity, LONG, 0);
    activity.write(Poll::Pending);
    assert_eq!(activity.verdict(PATIENT), Verdict::SlowReader);
}
