//! Where operators look at the server.

use crate::config::lists::OptionalAddress;
use crate::config::setting::{About, Setting};

pub(in crate::config) static ADMIN: Setting<OptionalAddress> = Setting {
    about: About {
        name: "admin",
        heading: "Operations",
        placeholder: "ADDR",
        meaning: "Where to serve metrics, health and the status page: HOST:PORT, [IPV6]:PORT, unix:/path, fd:N",
        default: "",
    },
    shape: OptionalAddress,
};
