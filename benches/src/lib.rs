//! Measurements of the real parts of coachwhip.

pub mod embedded;
pub mod queue_bed;
pub mod release_bed;
pub mod requests;
pub mod wire;
