//! The owner of a request's body behind `request.body_view`.

use std::ffi::CStr;

use bytes::Bytes;

use crate::capi::slot::Slot;
use crate::capi::{HeapType, RefSlot};
use crate::state::State;

/// Lends the server's own buffer to `memoryview`s, which keep it alive.
#[derive(Debug)]
pub(crate) struct BodyBuffer {
    pub(crate) bytes: Bytes,
}

impl HeapType for BodyBuffer {
    type State = State;

    const NAME: &'static CStr = c"coachwhip.BodyBuffer";
    const DOC: &'static CStr = c"The bytes of a request's body, as the server read them.";

    fn slots() -> Vec<Slot<Self>> {
        vec![Slot::buffer(Self::as_slice)]
    }

    fn type_slot(state: &State) -> &RefSlot {
        &state.body_buffer
    }
}

impl BodyBuffer {
    fn as_slice(&self) -> &[u8] {
        &self.bytes
    }
}
