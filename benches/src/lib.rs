//! Measurements of the real parts of coachwhip.
