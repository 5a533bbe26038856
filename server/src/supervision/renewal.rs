//! What SIGHUP reads anew: files that may be exchanged while the server runs.

use std::fmt;

/// Something that is read anew on SIGHUP, on the supervisor's thread.
pub struct Renewal {
    /// What it is, as the log names it.
    pub what: &'static str,
    /// Reads it anew. What was there before stays when that fails; the error says why.
    pub renew: Box<dyn Fn() -> Result<(), String> + Send>,
}

impl fmt::Debug for Renewal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("Renewal");
        debug.field("what", &self.what).finish_non_exhaustive()
    }
}

/// Reads all of them anew, and says in the log how that went.
pub(super) fn renew_all(renewals: &[Renewal]) {
    if renewals.is_empty() {
        tracing::info!("SIGHUP: nothing is configured that can be read anew");
    }
    for renewal in renewals {
        let what = renewal.what;
        match (renewal.renew)() {
            Ok(()) => tracing::info!("SIGHUP: {what} read anew"),
            Err(cause) => {
                tracing::error!("SIGHUP: {what} can't be read anew, so the former stays: {cause}");
            }
        }
    }
}
