//! Measurements of the real parts of coachwhip.

pub mod child;
pub mod crew;
pub mod element;
pub mod embedded;
pub mod footprint;
pub mod queue_bed;
pub mod queues;
pub mod release_bed;
pub mod request_path;
pub mod requests;
pub mod rows;
pub mod wire;
