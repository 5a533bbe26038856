//! JSON between bytes and Python objects (RFC 8259), without Python code in between.
//!
//! ```text
//! read:  text ──▶ objects    walk: what stands next (jiter: numbers, escapes, UTF-8)    keys: strings kept for later
//! write: objects ──▶ text    string, float: their spelling    known: dates, UUIDs, dataclasses
//! module: the functions of `coachwhip.json`    failure: what is wrong where    plain: bytes that stand for themselves
//! ```
//!
//! What is written is what Python's `json.dumps(value, ensure_ascii=False, separators=(",", ":"))` writes, and what is read
//! is what `json.loads` reads, where both take it.

mod failure;
mod float;
mod keys;
mod known;
mod module;
mod plain;
mod read;
mod string;
mod walk;
mod write;

pub(crate) use keys::Keys;
pub(crate) use known::KnownTypes;
pub(crate) use module::MODULE;
pub(crate) use read::loads;
pub(crate) use string::write_text;
pub(crate) use write::dumps;

/// How deep arrays and objects may nest, both ways: what Python's own recursion limit allows.
pub(crate) const DEPTH_MAX: usize = 1000;
