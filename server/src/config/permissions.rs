//! The shape of a file's permissions.

use super::given::{Given, Value};
use super::shape::{Shape, string};
use crate::net::UnixMode;

/// Octal digits, as `chmod` takes them.
pub(super) struct Permissions;

impl Shape for Permissions {
    type Value = UnixMode;

    fn allowed(&self) -> String {
        "permissions as three or four octal digits from \"0000\" to \"0777\", in a file as a string"
            .to_owned()
    }

    fn read<'g>(&self, given: &'g Given) -> Result<UnixMode, &'g Given> {
        // A TOML integer would be read as decimal by its author or by us: 660 is not 0o660.
        let text = match &given.value {
            Value::Word(text) | Value::String(text) => text,
            Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::List(_)
            | Value::Unusable => return Err(given),
        };
        text.parse().map_err(|_| given)
    }

    fn write(&self, value: &UnixMode) -> String {
        string(&value.to_string())
    }
}
