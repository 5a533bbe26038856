//! How sockets are made, and which proxies stand before them.

use crate::config::names::Names;
use crate::config::permissions::Permissions;
use crate::config::setting::{About, Setting};
use crate::config::shape::{Number, Switch};
use crate::http::TrustedProxy;

pub(in crate::config) static UNIX_MODE: Setting<Permissions> = Setting {
    about: About {
        name: "unix-mode",
        heading: "Listeners",
        placeholder: "MODE",
        meaning: "Permissions of the sockets of unix:/path; who may write may connect",
        default: "0600",
    },
    shape: Permissions,
};

pub(in crate::config) static REUSE_PORT: Setting<Switch> = Setting {
    about: About {
        name: "reuse-port",
        heading: "Listeners",
        placeholder: "true|false",
        meaning: "Other processes of the same user may listen on the same port, if they say so, too; the kernel shares out the connections",
        default: "false",
    },
    shape: Switch,
};

pub(in crate::config) static BACKLOG: Setting<Number> = Setting {
    about: About {
        name: "backlog",
        heading: "Listeners",
        placeholder: "N",
        meaning: "Most connections of a socket that the kernel keeps until they are accepted; net.core.somaxconn bounds it, too",
        default: "4096",
    },
    shape: Number { max: 65_535 },
};

pub(in crate::config) static TRUSTED_PROXIES: Setting<Names<TrustedProxy>> = Setting {
    about: About {
        name: "trusted-proxies",
        heading: "Listeners",
        placeholder: "NETWORK",
        meaning: "Peers whose word about their clients is believed: Forwarded, X-Forwarded-For and -Proto, the PROXY protocol; one or several",
        default: "",
    },
    shape: Names::of(
        "an address, a network such as \"10.0.0.0/8\" without host bits, or \"unix\" for the peers on unix sockets",
    ),
};

pub(in crate::config) static PROXY_PROTOCOL: Setting<Switch> = Setting {
    about: About {
        name: "proxy-protocol",
        heading: "Listeners",
        placeholder: "true|false",
        meaning: "Each connection begins with a header of the PROXY protocol, version 1 or 2, and comes from a trusted proxy; others are closed",
        default: "false",
    },
    shape: Switch,
};
