//! Which answers are compressed.

use crate::config::bytes::Bytes;
use crate::config::names::Choices;
use crate::config::setting::{About, Setting};
use crate::http::Algorithm;

pub(in crate::config) static COMPRESSION: Setting<Choices<Algorithm>> = Setting {
    about: About {
        name: "compression",
        heading: "Compression",
        placeholder: "CODING",
        meaning: "How answers of text and the like may be compressed, one or several; none: they are not",
        default: "",
    },
    shape: Choices::ALL,
};

pub(in crate::config) static COMPRESSION_MIN_BYTES: Setting<Bytes> = Setting {
    about: About {
        name: "compression-min-bytes",
        heading: "Compression",
        placeholder: "BYTES",
        meaning: "Shortest body that is compressed; one of unknown length is, too",
        default: "1 KiB",
    },
    shape: Bytes {
        min: 1,
        max: 1 << 30,
    },
};
