//! Which pages of other origins may read answers.

use super::SECONDS;
use crate::config::names::Names;
use crate::config::setting::{About, Setting};
use crate::config::shape::{Seconds, Switch};
use crate::http::Origin;

pub(in crate::config) static CORS_ORIGINS: Setting<Names<Origin>> = Setting {
    about: About {
        name: "cors-origins",
        heading: "CORS",
        placeholder: "ORIGIN",
        meaning: "Origins whose pages may read answers, one or several; none: no CORS, and the settings below say nothing",
        default: "",
    },
    shape: Names::of("an origin such as \"https://example.org\", without a path"),
};

pub(in crate::config) static CORS_METHODS: Setting<Names<http::Method>> = Setting {
    about: About {
        name: "cors-methods",
        heading: "CORS",
        placeholder: "METHOD",
        meaning: "Methods that those pages may use",
        default: "GET,HEAD,POST,PUT,PATCH,DELETE",
    },
    shape: Names::of("a method in capitals"),
};

pub(in crate::config) static CORS_HEADERS: Setting<Names<http::HeaderName>> = Setting {
    about: About {
        name: "cors-headers",
        heading: "CORS",
        placeholder: "NAME",
        meaning: "Header fields that those pages may set in a request, beside those that every page may; * leaves authorization out",
        default: "authorization,content-type",
    },
    shape: Names::of("the name of a header field"),
};

pub(in crate::config) static CORS_EXPOSE_HEADERS: Setting<Names<http::HeaderName>> = Setting {
    about: About {
        name: "cors-expose-headers",
        heading: "CORS",
        placeholder: "NAME",
        meaning: "Header fields of an answer that those pages may read, beside those that every page may",
        default: "",
    },
    shape: Names::of("the name of a header field"),
};

pub(in crate::config) static CORS_CREDENTIALS: Setting<Switch> = Setting {
    about: About {
        name: "cors-credentials",
        heading: "CORS",
        placeholder: "true|false",
        meaning: "Those pages may send cookies and the like; not with * in a setting above",
        default: "false",
    },
    shape: Switch,
};

pub(in crate::config) static CORS_MAX_AGE: Setting<Seconds> = Setting {
    about: About {
        name: "cors-max-age",
        heading: "CORS",
        placeholder: "SECONDS",
        meaning: "How long browsers may keep the answer to a preflight; whole seconds count",
        default: "600",
    },
    shape: SECONDS,
};

pub(in crate::config) static CORS_PRIVATE_NETWORK: Setting<Switch> = Setting {
    about: About {
        name: "cors-private-network",
        heading: "CORS",
        placeholder: "true|false",
        meaning: "Those pages may reach this server from a network that is more public than its own",
        default: "false",
    },
    shape: Switch,
};
