//! The contexts that requests run in: context variables (PEP 567) belong to one request.
//!
//! ```text
//! start-up hooks: one context for each interpreter ──copy──▶ a worker's own ──copy──▶ one for each request
//! ```
//!
//! Most requests set nothing, so a worker uses one context again and again until something was set there, or somebody
//! keeps it.

use std::cell::{Cell, OnceCell, RefCell};

use crate::capi::context::{Context, Mapping};
use crate::capi::{Attached, PyResult};
use crate::state::State;

/// The context of an interpreter's start-up and shutdown hooks: what they set is seen by all.
///
/// # Errors
///
/// What Python raises for want of memory.
pub fn of_hooks<'a>(state: &'a State, py: Attached<'_>) -> PyResult<&'a Context> {
    if let Some(context) = state.hooks_context.get() {
        return Ok(context);
    }
    let context = Context::of_thread(py)?;
    Ok(state.hooks_context.get_or_init(|| context))
}

/// The contexts of one worker.
///
/// # Threads
///
/// As [`Handlers`](crate::application::Handlers).
#[derive(Debug, Default)]
pub struct Contexts {
    own: OnceCell<Context>,
    /// One that is as good as new.
    spare: RefCell<Option<Context>>,
    /// What a new one holds. The worker's own, of which it is a copy, keeps that alive.
    of_new: Cell<Option<Mapping>>,
}

impl Contexts {
    /// The worker's own, of which each request has a copy: made when first asked for, after the start-up hooks.
    ///
    /// # Errors
    ///
    /// What Python raises for want of memory.
    pub fn own(&self, state: &State, py: Attached<'_>) -> PyResult<&Context> {
        if let Some(context) = self.own.get() {
            return Ok(context);
        }
        let context = of_hooks(state, py)?.copy(py)?;
        Ok(self.own.get_or_init(|| context))
    }

    /// A context for a request.
    ///
    /// # Errors
    ///
    /// As [`Self::own`].
    pub fn take(&self, state: &State, py: Attached<'_>) -> PyResult<Context> {
        if let Some(context) = self.spare.take() {
            return Ok(context);
        }
        let context = self.own(state, py)?.copy(py)?;
        self.of_new.set(context.mapping(py));
        Ok(context)
    }

    /// Takes back the context of a request that is answered, for another one if nothing has become of it: no variable was set
    /// there, and nobody keeps it.
    pub fn give_back(&self, context: Context, py: Attached<'_>) {
        if !context.is_unshared(py) {
            return;
        }
        let mapping = context.mapping(py);
        if mapping.is_some() && mapping == self.of_new.get() {
            self.spare.replace(Some(context));
        }
    }
}
