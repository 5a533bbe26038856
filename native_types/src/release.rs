//! From how many bytes on native work is done detached, so that other threads of its interpreter run meanwhile.
//!
//! The native work that needs no Python object while it goes on is copying a body: out of the buffer that was read, for
//! `request.body`, and out of an immutable `bytes` or `str` that a handler returns. To detach and attach again costs tens
//! of nanoseconds, and more where another thread takes its turn in between; so it is done from a size on that was
//! measured for each strategy (bench `attach`, group `release`).

use bytes::Bytes;

use crate::capi::{Attached, Owned, PyResult, convert};

/// The number of bytes from which on a copy is made detached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseThreshold(usize);

impl ReleaseThreshold {
    /// Every copy is made attached.
    pub const NEVER: Self = Self(usize::MAX);

    /// Copies of `bytes` and more are made detached.
    pub const fn from_bytes(bytes: usize) -> Self {
        Self(bytes)
    }

    /// Whether work on so many bytes is done detached.
    pub const fn is_reached(self, bytes: usize) -> bool {
        bytes >= self.0
    }

    /// A `bytes` object with a copy of `bytes`.
    pub fn new_bytes<'py>(self, bytes: &[u8], py: Attached<'py>) -> PyResult<Owned<'py>> {
        if self.is_reached(bytes.len()) {
            convert::new_bytes_detached(bytes, py)
        } else {
            convert::new_bytes(bytes, py)
        }
    }

    /// A copy of `bytes`, which nobody changes meanwhile: those of a `bytes` or `str` that the caller holds, never of a
    /// `bytearray`.
    pub fn copy(self, bytes: &[u8], py: Attached<'_>) -> Bytes {
        if self.is_reached(bytes.len()) {
            py.detached(|| Bytes::copy_from_slice(bytes))
        } else {
            Bytes::copy_from_slice(bytes)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ReleaseThreshold;

    #[test]
    fn threshold_is_reached_from_its_size_on() {
        let threshold = ReleaseThreshold::from_bytes(1000);
        for (bytes, is_reached) in [(0, false), (999, false), (1000, true), (1001, true)] {
            assert_eq!(threshold.is_reached(bytes), is_reached, "{bytes}");
        }
        // No slice has more bytes than this.
        assert!(!ReleaseThreshold::NEVER.is_reached(usize::MAX / 2));
    }
}
