//! TLS: certificates, keys, and whose clients are let in.

use crate::config::lists::Files;
use crate::config::setting::{About, Setting};
use crate::config::shape::OptionalPath;

pub(in crate::config) static TLS_CERT: Setting<Files> = Setting {
    about: About {
        name: "tls-cert",
        heading: "TLS",
        placeholder: "FILE",
        meaning: "Certificate chain in PEM; one, or several of which clients get the one for the name they ask for; none: no TLS",
        default: "",
    },
    shape: Files,
};

pub(in crate::config) static TLS_KEY: Setting<Files> = Setting {
    about: About {
        name: "tls-key",
        heading: "TLS",
        placeholder: "FILE",
        meaning: "Private key in PEM; one for each certificate, in the same order",
        default: "",
    },
    shape: Files,
};

pub(in crate::config) static TLS_CLIENT_CA: Setting<OptionalPath> = Setting {
    about: About {
        name: "tls-client-ca",
        heading: "TLS",
        placeholder: "FILE",
        meaning: "Authorities in PEM of which clients must have a certificate; without it clients need none",
        default: "",
    },
    shape: OptionalPath {
        expected: "a file of certificates in PEM, or \"\" for none",
    },
};
