//! What is logged and how.

use std::marker::PhantomData;

use crate::access_log;
use crate::config::choices::{LogFormat, LogLevel};
use crate::config::setting::{About, Setting};
use crate::config::shape::{Choice, OptionalPath};

pub(in crate::config) static LOG_LEVEL: Setting<Choice<LogLevel>> = Setting {
    about: About {
        name: "log-level",
        heading: "Logging",
        placeholder: "error|warn|info|debug|trace",
        meaning: "Least severe records that are logged",
        default: "info",
    },
    shape: Choice(PhantomData),
};

pub(in crate::config) static LOG_FORMAT: Setting<Choice<LogFormat>> = Setting {
    about: About {
        name: "log-format",
        heading: "Logging",
        placeholder: "text|json",
        meaning: "How they are written: for a person, or one JSON object a line",
        default: "text",
    },
    shape: Choice(PhantomData),
};

pub(in crate::config) static ACCESS_LOG: Setting<OptionalPath> = Setting {
    about: About {
        name: "access-log",
        heading: "Logging",
        placeholder: "PATH|-",
        meaning: "File that gets a line for each request; - for standard error; without it there is no access log",
        default: "",
    },
    shape: OptionalPath {
        expected: "a file that can be appended to, \"-\", or \"\" for none",
    },
};

pub(in crate::config) static ACCESS_LOG_FORMAT: Setting<Choice<access_log::Format>> = Setting {
    about: About {
        name: "access-log-format",
        heading: "Logging",
        placeholder: "common|combined|json",
        meaning: "How these lines are written: in the formats of httpd's, or one JSON object a line",
        default: "combined",
    },
    shape: Choice(PhantomData),
};
