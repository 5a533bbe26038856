//! Sockets that the service manager hands over (`sd_listen_fds(3)`): where to listen when nobody says.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use super::error::Error;
use super::given::{Given, Layer, Origin};
use super::settings::BIND;

/// Whom the sockets are for.
const PROCESS: &str = "LISTEN_PID";

/// How many there are.
const COUNT: &str = "LISTEN_FDS";

/// The descriptor of the first; the others follow.
const FIRST: usize = 3;

/// More sockets than anyone hands over, fewer than the numbers of descriptors.
const COUNT_MAX: usize = 256;

/// What the variables say to the process `process_id`: less than any source of ours, as it names no address.
///
/// # Errors
///
/// [`Error::Refused`] for a count that is none.
pub(super) fn read(
    environment: &BTreeMap<OsString, OsString>,
    process_id: u32,
) -> Result<Layer, Error> {
    let variable = |name: &str| environment.get(OsStr::new(name));
    let is_for_us = |value: &&OsString| **value == *process_id.to_string();
    let (Some(_), Some(count)) = (variable(PROCESS).filter(is_for_us), variable(COUNT)) else {
        return Ok(Layer::new());
    };
    let number = count.to_str().and_then(|text| text.parse::<usize>().ok());
    let number = number.filter(|number| *number <= COUNT_MAX);
    let number = number.ok_or_else(|| Error::Refused {
        origin: Origin::Variable(COUNT.to_owned()),
        key: BIND.about.key(),
        value: format!("{:?}", count.display().to_string()),
        allowed: format!("the number of sockets that are handed over, at most {COUNT_MAX}"),
    })?;
    let names: Vec<_> = (FIRST..FIRST + number)
        .map(|descriptor| format!("fd:{descriptor}"))
        .collect();
    if names.is_empty() {
        return Ok(Layer::new());
    }
    let origin = Origin::Variable(COUNT.to_owned());
    let given = Given::words(&origin, names.iter().map(String::as_str));
    Ok(Layer::from([(BIND.about.name, given)]))
}
