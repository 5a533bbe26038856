//! Why requests are refused.

/// Why the server has answered a request by itself, or has given up its client, although there was work to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Reason {
    /// As many requests waited as may wait: 503.
    QueueFull,
    /// No worker took it within the queue's timeout: 503.
    QueueTimeout,
    /// It came after the end had begun: 503.
    Closed,
    /// The worker that ran it ended before it answered: 500.
    WorkerLost,
    /// Head or framing are malformed or ambiguous: 400.
    BadRequest,
    /// The head, or the target, is longer than it may be: 431, 414.
    HeadTooLarge,
    /// The head did not come in time: the connection was closed.
    HeadTooSlow,
    /// The body is longer than it may be: 413.
    BodyTooLarge,
    /// The body did not come in time: 408.
    BodyTooSlow,
    /// The server does not do what is asked for: 417, 501.
    Unsupported,
    /// The client took in nothing of its answer for too long: the connection was closed.
    AnswerTooSlow,
}

impl Reason {
    /// Each of them, in order.
    pub const ALL: [Self; 11] = [
        Self::QueueFull,
        Self::QueueTimeout,
        Self::Closed,
        Self::WorkerLost,
        Self::BadRequest,
        Self::HeadTooLarge,
        Self::HeadTooSlow,
        Self::BodyTooLarge,
        Self::BodyTooSlow,
        Self::Unsupported,
        Self::AnswerTooSlow,
    ];

    /// As the label has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::QueueTimeout => "queue_timeout",
            Self::Closed => "closed",
            Self::WorkerLost => "worker_lost",
            Self::BadRequest => "bad_request",
            Self::HeadTooLarge => "head_too_large",
            Self::HeadTooSlow => "head_too_slow",
            Self::BodyTooLarge => "body_too_large",
            Self::BodyTooSlow => "body_too_slow",
            Self::Unsupported => "unsupported",
            Self::AnswerTooSlow => "answer_too_slow",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_its_place_and_name() {
        for (index, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, index);
            let same = |other: &&Reason| other.name() == reason.name();
            assert_eq!(Reason::ALL.iter().filter(same).count(), 1);
        }
    }
}
