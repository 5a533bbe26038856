//! Files as answers: those below a mount, and those that handlers name.
//!
//! ```text
//! path of a request ─▶ target ─▶ open (confined to the mount's directory) ─▶ answer ─▶ response
//! path of a handler ───────────▶ open (trusted) ───────────────────────────▶ answer ─▶ response
//! ```
//!
//! `tower-http`'s file service does ranges and the body (`answer`); what is opened is decided here, so that it is opened and
//! looked at once, and so are conditions, since its validators are of size and time alone (`validators`, `conditions`).
//!
//! # Threads
//!
//! Files are opened and read on the blocking threads of the reactor's runtime, whose number is bounded; a slow disk
//! holds up no connection but those that wait for it.

mod answer;
mod conditions;
mod mount;
mod one_file;
mod open;
mod range;
mod target;
mod validators;

use std::io;

pub use answer::{FileBody, Unsent, answer};
pub use conditions::any_tag;
pub use mount::{Mount, serve};
pub use open::{Opened, open};

/// Whether a file can't be opened because it is not there, or is not for others: what 404 says.
pub fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::IsADirectory
            | io::ErrorKind::InvalidFilename
            | io::ErrorKind::InvalidInput
    ) || error.raw_os_error() == Some(libc::ELOOP)
}
