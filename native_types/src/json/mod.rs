//! JSON between bytes and Python objects (RFC 8259), without Python code in between.

mod other;
mod read;
mod write;

pub(crate) use read::loads;
pub(crate) use write::dumps;

/// How deep arrays and objects may nest, both ways: what Python's own recursion limit allows.
pub(crate) const DEPTH_MAX: usize = 1000;
