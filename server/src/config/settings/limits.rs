//! The limits on what a client may send and how long anything may take.

use super::SECONDS;
use crate::config::bytes::Bytes;
use crate::config::setting::{About, Setting};
use crate::config::shape::{Number, Seconds};

pub(in crate::config) static MAX_BODY_BYTES: Setting<Bytes> = Setting {
    about: About {
        name: "max-body-bytes",
        heading: "Limits",
        placeholder: "BYTES",
        meaning: "Largest request body; beyond it 413",
        default: "16 MiB",
    },
    shape: Bytes {
        min: 0,
        max: 64 << 30,
    },
};

pub(in crate::config) static MAX_FORM_FIELDS: Setting<Number> = Setting {
    about: About {
        name: "max-form-fields",
        heading: "Limits",
        placeholder: "N",
        meaning: "Most fields of a form, files apart; beyond it 413",
        default: "1000",
    },
    shape: Number { max: 1_000_000 },
};

pub(in crate::config) static MAX_FORM_FILES: Setting<Number> = Setting {
    about: About {
        name: "max-form-files",
        heading: "Limits",
        placeholder: "N",
        meaning: "Most files of a form; beyond it 413",
        default: "100",
    },
    shape: Number { max: 1_000_000 },
};

pub(in crate::config) static MAX_HEADER_BYTES: Setting<Bytes> = Setting {
    about: About {
        name: "max-header-bytes",
        heading: "Limits",
        placeholder: "BYTES",
        meaning: "Largest request head; beyond it 431, or 414 for the target",
        default: "64 KiB",
    },
    shape: Bytes {
        min: 8 << 10,
        max: 1 << 20,
    },
};

pub(in crate::config) static MAX_HEADERS: Setting<Number> = Setting {
    about: About {
        name: "max-headers",
        heading: "Limits",
        placeholder: "N",
        meaning: "Most headers of a request; beyond it 431",
        default: "100",
    },
    shape: Number { max: 1000 },
};

pub(in crate::config) static HEADER_TIMEOUT: Setting<Seconds> = Setting {
    about: About {
        name: "header-timeout",
        heading: "Limits",
        placeholder: "SECONDS",
        meaning: "Longest time for a request's head to arrive; beyond it 408 or close",
        default: "10",
    },
    shape: SECONDS,
};

pub(in crate::config) static BODY_TIMEOUT: Setting<Seconds> = Setting {
    about: About {
        name: "body-timeout",
        heading: "Limits",
        placeholder: "SECONDS",
        meaning: "Longest time for a request's body to arrive; beyond it 408 or close",
        default: "30",
    },
    shape: SECONDS,
};

pub(in crate::config) static MIN_BODY_RATE: Setting<Bytes> = Setting {
    about: About {
        name: "min-body-rate",
        heading: "Limits",
        placeholder: "BYTES",
        meaning: "Least rate, in bytes a second, of bodies that come and of answers that are taken in; beyond 10 s of grace 408 or close",
        default: "240",
    },
    shape: Bytes {
        min: 1,
        max: 1 << 30,
    },
};

pub(in crate::config) static KEEP_ALIVE_TIMEOUT: Setting<Seconds> = Setting {
    about: About {
        name: "keep-alive-timeout",
        heading: "Limits",
        placeholder: "SECONDS",
        meaning: "Longest time that an idle connection is kept; then it is closed",
        default: "75",
    },
    shape: SECONDS,
};

pub(in crate::config) static MAX_MESSAGE_BYTES: Setting<Bytes> = Setting {
    about: About {
        name: "max-message-bytes",
        heading: "Limits",
        placeholder: "BYTES",
        meaning: "Largest message of a WebSocket; beyond it close code 1009",
        default: "1 MiB",
    },
    shape: Bytes {
        min: 1 << 10,
        max: 1 << 30,
    },
};

pub(in crate::config) static PING_INTERVAL: Setting<Seconds> = Setting {
    about: About {
        name: "ping-interval",
        heading: "Limits",
        placeholder: "SECONDS",
        meaning: "How often the client of a WebSocket is pinged; one that is silent for so long after a ping is given up",
        default: "20",
    },
    shape: SECONDS,
};

pub(in crate::config) static DEPARTURE_TIMEOUT: Setting<Seconds> = Setting {
    about: About {
        name: "departure-timeout",
        heading: "Limits",
        placeholder: "SECONDS",
        meaning: "How long the handler of a WebSocket whose client has left may neither receive nor send; then it is cancelled",
        default: "10",
    },
    shape: SECONDS,
};

pub(in crate::config) static MAX_CONNECTIONS: Setting<Number> = Setting {
    about: About {
        name: "max-connections",
        heading: "Limits",
        placeholder: "N",
        meaning: "Most open connections; others are accepted when one closes",
        default: "10000",
    },
    shape: Number { max: 1_000_000 },
};

pub(in crate::config) static HTTP2_MAX_STREAMS: Setting<Number> = Setting {
    about: About {
        name: "http2-max-streams",
        heading: "Limits",
        placeholder: "N",
        meaning: "Most requests under way on one HTTP/2 connection; others are refused",
        default: "100",
    },
    shape: Number { max: 10_000 },
};

pub(in crate::config) static HTTP2_MAX_UNSENT_BYTES: Setting<Bytes> = Setting {
    about: About {
        name: "http2-max-unsent-bytes",
        heading: "Limits",
        placeholder: "BYTES",
        meaning: "Most of finished answers that HTTP/2 clients have not taken in, together; beyond it their requests wait",
        default: "256 MiB",
    },
    shape: Bytes {
        min: 1 << 20,
        max: 64 << 30,
    },
};

pub(in crate::config) static DRAIN_STREAMS: Setting<Seconds> = Setting {
    about: About {
        name: "drain-streams",
        heading: "Limits",
        placeholder: "SECONDS",
        meaning: "How long streams that wait and handlers of WebSockets may go on at shutdown; then they are closed",
        default: "5",
    },
    shape: SECONDS,
};

pub(in crate::config) static SHUTDOWN_TIMEOUT: Setting<Seconds> = Setting {
    about: About {
        name: "shutdown-timeout",
        heading: "Limits",
        placeholder: "SECONDS",
        meaning: "Longest drain at shutdown; then the rest is cut off, exit status 1",
        default: "30",
    },
    shape: SECONDS,
};
