//! Who runs the handlers, and what may wait for it.

use std::marker::PhantomData;

use super::SECONDS;
use crate::config::choices::{Dispatch, Strategy};
use crate::config::setting::{About, Setting};
use crate::config::shape::{Choice, Number, Seconds, Switch, Threads};

pub(in crate::config) static STRATEGY: Setting<Choice<Strategy>> = Setting {
    about: About {
        name: "strategy",
        heading: "Interpreters",
        placeholder: "auto|main|subinterp|freethreaded",
        meaning: "Who runs the handlers",
        default: "auto",
    },
    shape: Choice(PhantomData),
};

pub(in crate::config) static WORKERS: Setting<Threads> = Setting {
    about: About {
        name: "workers",
        heading: "Interpreters",
        placeholder: "N",
        meaning: "Interpreters or threads that run Python; auto: usable cores, 1 for main",
        default: "auto",
    },
    shape: Threads { max: 1024 },
};

pub(in crate::config) static MAX_CONCURRENCY: Setting<Number> = Setting {
    about: About {
        name: "max-concurrency",
        heading: "Interpreters",
        placeholder: "N",
        meaning: "Async requests in flight per worker; more wait in the queue",
        default: "1000",
    },
    shape: Number { max: 1_000_000 },
};

pub(in crate::config) static PIN_CORES: Setting<Switch> = Setting {
    about: About {
        name: "pin-cores",
        heading: "Interpreters",
        placeholder: "true|false",
        meaning: "Pin each worker to a core",
        default: "false",
    },
    shape: Switch,
};

pub(in crate::config) static DISPATCH: Setting<Choice<Dispatch>> = Setting {
    about: About {
        name: "dispatch",
        heading: "Interpreters",
        placeholder: "auto|queue|inline",
        meaning: "Where handlers run: by measured run time, through the queue, or where the request was read",
        default: "auto",
    },
    shape: Choice(PhantomData),
};

pub(in crate::config) static QUEUE_DEPTH: Setting<Number> = Setting {
    about: About {
        name: "queue-depth",
        heading: "Queue",
        placeholder: "N",
        meaning: "Requests that may wait for an interpreter; one more is answered 503",
        default: "1024",
    },
    shape: Number { max: 1 << 20 },
};

pub(in crate::config) static QUEUE_TIMEOUT: Setting<Seconds> = Setting {
    about: About {
        name: "queue-timeout",
        heading: "Queue",
        placeholder: "SECONDS",
        meaning: "Longest wait in the queue; beyond it 503",
        default: "30",
    },
    shape: SECONDS,
};
