//! Reading JSON: `jiter` walks over the text, the C API makes the objects.

use http::StatusCode;
use jiter::{Jiter, JiterError, Peek};

use super::DEPTH_MAX;
use crate::capi::exception::Builtin;
use crate::capi::{Attached, Owned, PyResult, Raised, builtin, convert};
use crate::errors;
use crate::state::State;

/// Why a document could not be read.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The text is no JSON: the client's fault. Says why, with line and column.
    Text(String),
    /// Making an object raised.
    Raised(Raised),
}

impl From<Raised> for Failure {
    fn from(raised: Raised) -> Self {
        Self::Raised(raised)
    }
}

impl Failure {
    /// `HTTPError(400)` for text that is no JSON.
    pub(crate) fn into_bad_request(self, state: &State, py: Attached<'_>) -> Raised {
        match self {
            Self::Raised(raised) => raised,
            Self::Text(why) => {
                let detail = format!("the body is not valid JSON: {why}");
                errors::raise(StatusCode::BAD_REQUEST, &detail, state, py)
            }
        }
    }
}

/// The object that the document `text` describes.
pub(crate) fn loads<'py>(text: &[u8], py: Attached<'py>) -> Result<Owned<'py>, Failure> {
    let mut reader = Reader {
        walk: Jiter::new(text),
        py,
    };
    let first = reader.walk.peek();
    let value = first
        .map_err(|error| reader.failure(&error))
        .and_then(|peek| reader.value(peek, 0))?;
    reader
        .walk
        .finish()
        .map_err(|error| reader.failure(&error))?;
    Ok(value)
}

struct Reader<'text, 'py> {
    walk: Jiter<'text>,
    py: Attached<'py>,
}

impl<'py> Reader<'_, 'py> {
    fn failure(&self, error: &JiterError) -> Failure {
        Failure::Text(error.description(&self.walk))
    }

    fn value(&mut self, peek: Peek, depth: usize) -> Result<Owned<'py>, Failure> {
        if depth > DEPTH_MAX {
            let position = self.walk.current_position();
            return Err(Failure::Text(format!(
                "nested deeper than {DEPTH_MAX} levels at line {} column {}",
                position.line, position.column
            )));
        }
        match peek {
            Peek::Null => {
                self.walk
                    .known_null()
                    .map_err(|error| self.failure(&error))?;
                Ok(builtin::none(self.py))
            }
            Peek::True | Peek::False => {
                let value = self
                    .walk
                    .known_bool(peek)
                    .map_err(|error| self.failure(&error))?;
                Ok(builtin::new_bool(value, self.py))
            }
            Peek::String => self.string(),
            Peek::Array => self.array(depth),
            Peek::Object => self.object(depth),
            _ => self.number(peek),
        }
    }

    fn string(&mut self) -> Result<Owned<'py>, Failure> {
        let py = self.py;
        match self.walk.known_str().map(|text| convert::new_str(text, py)) {
            Ok(made) => Ok(made?),
            Err(error) => Err(self.failure(&error)),
        }
    }

    fn number(&mut self, peek: Peek) -> Result<Owned<'py>, Failure> {
        let py = self.py;
        let index = self.walk.current_index();
        let digits = self.walk.known_number_bytes(peek);
        match digits.map(|digits| number(digits, py)) {
            Ok(Ok(made)) => Ok(made),
            // More digits than Python converts: the client's fault, as other text that can't be read.
            Ok(Err(raised)) if raised.is(Builtin::ValueError) => {
                raised.clear(py);
                // Found only now: it takes a walk from the beginning.
                let position = self.walk.error_position(index);
                let (line, column) = (position.line, position.column);
                let why = format!("a number with too many digits at line {line} column {column}");
                Err(Failure::Text(why))
            }
            Ok(Err(raised)) => Err(raised.into()),
            Err(error) => Err(self.failure(&error)),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Owned<'py>, Failure> {
        let list = builtin::new_list(self.py)?;
        let mut next = self
            .walk
            .known_array()
            .map_err(|error| self.failure(&error))?;
        while let Some(peek) = next {
            let item = self.value(peek, depth + 1)?;
            builtin::append(&list, &item, self.py)?;
            next = self
                .walk
                .array_step()
                .map_err(|error| self.failure(&error))?;
        }
        Ok(list)
    }

    fn object(&mut self, depth: usize) -> Result<Owned<'py>, Failure> {
        let py = self.py;
        let dict = builtin::new_dict(py)?;
        let mut next = self
            .walk
            .known_object()
            .map(|key| key.map(|key| convert::new_str(key, py)));
        loop {
            let key = match next {
                Ok(Some(key)) => key?,
                Ok(None) => return Ok(dict),
                Err(error) => return Err(self.failure(&error)),
            };
            let peek = self.walk.peek().map_err(|error| self.failure(&error))?;
            let value = self.value(peek, depth + 1)?;
            builtin::set_item(&dict, &key, &value, py)?;
            next = self
                .walk
                .next_key()
                .map(|key| key.map(|key| convert::new_str(key, py)));
        }
    }
}

/// The number that checked JSON digits give: an `int` of any size, or the nearest `float`.
fn number<'py>(digits: &[u8], py: Attached<'py>) -> PyResult<Owned<'py>> {
    let digits = std::str::from_utf8(digits).expect("JSON numbers are ASCII");
    if digits
        .bytes()
        .any(|byte| matches!(byte, b'.' | b'e' | b'E'))
    {
        return convert::new_float(digits.parse().expect("JSON numbers are floats"), py);
    }
    convert::new_big_int(digits, py)
}
