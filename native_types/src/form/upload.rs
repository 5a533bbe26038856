//! `coachwhip.Upload`: one file of a form.

use std::ffi::CStr;

use super::Part;
use crate::body::BodyBuffer;
use crate::capi::getter::{Getter, getter};
use crate::capi::heap_type::new_object;
use crate::capi::slot::Slot;
use crate::capi::{Attached, HeapType, Owned, PyResult, RefSlot, This, builtin, convert};
use crate::state::State;

/// One file, whose bytes stay in the buffer that the body was read into.
#[derive(Debug)]
pub(crate) struct Upload {
    part: Part,
    filename: RefSlot,
    content_type: RefSlot,
    data: RefSlot,
}

impl HeapType for Upload {
    type State = State;

    const NAME: &'static CStr = c"coachwhip.Upload";
    const DOC: &'static CStr = c"One file of a form.";
    const GETTERS: &'static [Getter<Self>] = &[
        getter(
            c"filename",
            Self::filename,
            c"str: the file's name as the client gives it; empty if none was chosen.",
        ),
        getter(
            c"content_type",
            Self::content_type,
            c"str | None: the file's Content-Type, if the client gives one.",
        ),
        getter(
            c"data",
            Self::data,
            c"memoryview: what it holds, in the server's own buffer.",
        ),
        Getter::END,
    ];

    fn slots() -> Vec<Slot<Self>> {
        vec![Slot::repr(Self::repr)]
    }

    fn type_slot(state: &State) -> &RefSlot {
        &state.upload
    }
}

impl Upload {
    pub(super) fn new(part: Part) -> Self {
        Self {
            part,
            filename: RefSlot::empty(),
            content_type: RefSlot::empty(),
            data: RefSlot::empty(),
        }
    }

    fn name(&self) -> &str {
        self.part.filename.as_deref().unwrap_or_default()
    }

    fn filename<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let upload = this.value();
        let made = || convert::new_str(upload.name(), py);
        Ok(upload.filename.get_or_fill(py, made)?.own(py))
    }

    fn content_type<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let upload = this.value();
        let made = || match &upload.part.content_type {
            Some(value) => convert::new_latin1(value.as_bytes(), py),
            None => Ok(builtin::none(py)),
        };
        Ok(upload.content_type.get_or_fill(py, made)?.own(py))
    }

    fn data<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let upload = this.value();
        let view = upload.data.get_or_fill(py, || {
            let buffer = BodyBuffer {
                bytes: upload.part.data.clone(),
            };
            builtin::new_memoryview(&*new_object(buffer, this.state(), py)?, py)
        })?;
        Ok(view.own(py))
    }

    fn repr<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let length = this.part.data.len();
        let text = format!("<Upload {:?}, {length} bytes>", this.name());
        convert::new_str(&text, py)
    }
}
