//! Measurements of the real parts of coachwhip.

pub mod queue_bed;
