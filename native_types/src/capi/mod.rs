//! The one door to CPython's C API: everything above it is safe Rust.
//!
//! ```text
//! Attached<'py>   proof that this thread may use the interpreter, for as long as 'py
//! &'py Object     a borrowed reference       Owned<'py>   a reference of our own, dropped while attached
//! RefSlot         a reference kept inside a Python object or module state, cleared and visited by the collector
//! Raised          proof that an exception is set; `PyResult<T>` is `Result<T, Raised>`
//! ```
//!
//! Nothing here is process-global: types and names live in a module's state, one for each interpreter
//! (CPython's howto "Isolating Extension Modules").

pub mod arguments;
pub mod attached;
pub mod builtin;
pub mod call;
pub mod context;
pub mod convert;
pub mod exception;
pub mod getter;
pub mod heap_type;
pub mod inittab;
pub mod iterate;
pub mod method;
pub mod module;
pub mod ref_slot;
pub mod reference;
pub mod slot;
pub mod submodule;
pub mod text;
mod trampoline;

pub use arguments::Arguments;
pub use attached::Attached;
pub use exception::{PyResult, Raised};
pub use heap_type::{HeapType, This};
pub use ref_slot::RefSlot;
pub use reference::{Object, Owned};
pub use text::Text;
