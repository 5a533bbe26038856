//! Which of the server's own refusals Python words, and where they go.

use std::sync::Arc;

use http::StatusCode;

use super::{Info, Role};
use crate::message::RouteId;

/// The statuses whose refusals functions of `@error_handler` word. They go to a row behind the routing table, with two
/// parameters: the status, and the value of `Allow`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worded {
    row: RouteId,
    statuses: Vec<StatusCode>,
    /// Whether there is an `@error_handler(HTTPError)`, which takes every status.
    takes_all: bool,
}

impl Worded {
    /// How many rows there are at most.
    pub const ROWS: usize = 1;

    /// What `functions` word, after a table of so many `routes`.
    pub fn of(functions: &[Arc<Info>], routes: usize) -> Self {
        let status_of = |one: &Arc<Info>| match one.role {
            Role::Status(status) => Some(status),
            Role::Before | Role::After | Role::HttpError | Role::Exception(_) => None,
        };
        Self {
            row: RouteId(u32::try_from(routes).expect("fewer routes than 2^32")),
            statuses: functions.iter().filter_map(status_of).collect(),
            takes_all: functions.iter().any(|one| one.role == Role::HttpError),
        }
    }

    /// Where a refusal of `status` goes, if it is worded.
    pub fn row(&self, status: StatusCode) -> Option<RouteId> {
        let is_worded = self.takes_all || self.statuses.contains(&status);
        is_worded.then_some(self.row)
    }
}

/// Nothing is worded.
impl Default for Worded {
    fn default() -> Self {
        Self::of(&[], 0)
    }
}
