//! The Python-visible types of coachwhip, and the plain messages behind them.

pub mod message;
