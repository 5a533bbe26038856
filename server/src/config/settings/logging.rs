//! What is logged and how.

use std::marker::PhantomData;

use crate::config::choices::{LogFormat, LogLevel};
use crate::config::setting::{About, Setting};
use crate::config::shape::Choice;

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
