//! Where the server listens and who does its I/O.

use std::marker::PhantomData;

use native_types::problem::ErrorFormat;

use crate::config::lists::Addresses;
use crate::config::setting::{About, Setting};
use crate::config::shape::{Choice, Switch, Threads};

pub(in crate::config) static BIND: Setting<Addresses> = Setting {
    about: About {
        name: "bind",
        heading: "HTTP",
        placeholder: "ADDR",
        meaning: "Where to listen: HOST:PORT, [IPV6]:PORT, unix:/path, fd:N; one or several",
        default: "127.0.0.1:8000",
    },
    shape: Addresses,
};

pub(in crate::config) static IO_THREADS: Setting<Threads> = Setting {
    about: About {
        name: "io-threads",
        heading: "HTTP",
        placeholder: "N",
        meaning: "Threads that do I/O; auto: half of the usable cores, rounded up; as many as workers under --dispatch inline",
        default: "auto",
    },
    shape: Threads { max: 256 },
};

pub(in crate::config) static DEBUG: Setting<Switch> = Setting {
    about: About {
        name: "debug",
        heading: "HTTP",
        placeholder: "true|false",
        meaning: "Tracebacks in responses; for development only",
        default: "false",
    },
    shape: Switch,
};

pub(in crate::config) static ERROR_FORMAT: Setting<Choice<ErrorFormat>> = Setting {
    about: About {
        name: "error-format",
        heading: "HTTP",
        placeholder: "text|json",
        meaning: "How clients are told of errors: as text, or as problem details (application/problem+json); also [errors] format",
        default: "text",
    },
    shape: Choice(PhantomData),
};
