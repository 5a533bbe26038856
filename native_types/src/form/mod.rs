//! The form that a body holds: plain Rust first, then `coachwhip.Form` and `coachwhip.Upload`.
//!
//! ```text
//! body ──▶ urlencoded or multipart ──▶ Parsed ──▶ Form ──▶ str, Upload
//! ```
//!
//! No byte of a file is copied: an upload lends the buffer that the body was read into.

mod disposition;
mod extended;
mod header;
mod multipart;
mod object;
mod upload;
mod urlencoded;

use bytes::Bytes;
use http::{HeaderValue, StatusCode};

pub(crate) use object::Form;
pub(crate) use upload::Upload;

/// The longest value of a field that is no file, and the longest pair of an urlencoded form, in bytes.
pub const FIELD_BYTES_MAX: usize = 1 << 20;

/// The longest header of one part of a multipart form, in bytes.
pub const PART_HEADER_BYTES_MAX: usize = 16 << 10;

/// How much one form may hold; what is left is limited by the length of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The number of fields that are no files.
    pub fields: usize,
    /// The number of files.
    pub files: usize,
}

impl Limits {
    /// The limits where no server has told others.
    pub const DEFAULT: Self = Self {
        fields: 1000,
        files: 100,
    };

    /// # Errors
    ///
    /// [`Refusal`] where there are more fields than allowed.
    fn check_fields(&self, count: usize) -> Result<(), Refusal> {
        let max = self.fields;
        if count > max {
            let detail = format!("the form has more than {max} fields (max-form-fields)");
            return Err(Refusal::too_large(detail));
        }
        Ok(())
    }

    /// # Errors
    ///
    /// [`Refusal`] where there are more files than allowed.
    fn check_files(&self, count: usize) -> Result<(), Refusal> {
        let max = self.files;
        if count > max {
            let detail = format!("the form has more than {max} files (max-form-files)");
            return Err(Refusal::too_large(detail));
        }
        Ok(())
    }
}

/// Why a body is not read as a form: what `HTTPError` is raised with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// 400 for a form that is broken, 413 beyond a limit, 415 for another content type.
    pub status: StatusCode,
    /// What is wrong, or which limit it is.
    pub detail: String,
}

impl Refusal {
    fn broken(why: impl std::fmt::Display) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            detail: format!("the body is not a valid form: {why}"),
        }
    }

    fn too_large(detail: String) -> Self {
        Self {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            detail,
        }
    }

    /// `field` says which it is.
    fn field_too_long(field: std::fmt::Arguments<'_>) -> Self {
        Self::too_large(format!("{field} is longer than {FIELD_BYTES_MAX} bytes"))
    }

    fn not_a_form(found: &str) -> Self {
        Self {
            status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            detail: format!(
                "the body is no form: its Content-Type is {found}, not application/x-www-form-urlencoded or \
                 multipart/form-data"
            ),
        }
    }
}

/// A form, read but for the charsets of its parts.
#[derive(Debug, PartialEq, Eq)]
pub enum Parsed {
    /// The pairs of an urlencoded form, in order.
    Pairs(Vec<(String, String)>),
    /// The parts of a multipart form, in order.
    Parts(Vec<Part>),
}

/// One part of a multipart form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// The name of the file; `None` for a field that is none.
    pub filename: Option<String>,
    /// The part's `Content-Type`.
    pub content_type: Option<HeaderValue>,
    /// What it holds: a slice of the body.
    pub data: Bytes,
}

/// Reads `body` as the kind of form that `content_type` names.
///
/// # Errors
///
/// [`Refusal`].
pub fn parse(
    body: &Bytes,
    content_type: Option<&[u8]>,
    limits: &Limits,
) -> Result<Parsed, Refusal> {
    let Some(content_type) = content_type else {
        return Err(Refusal::not_a_form("missing"));
    };
    let content_type = String::from_utf8_lossy(content_type);
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        urlencoded::parse(body, limits).map(Parsed::Pairs)
    } else if kind.eq_ignore_ascii_case("multipart/form-data") {
        multipart::parse(body, &content_type, limits).map(Parsed::Parts)
    } else {
        Err(Refusal::not_a_form(&format!("{kind:?}")))
    }
}
