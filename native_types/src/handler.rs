//! How a handler is called: which parameters it takes, and from where they come.

use crate::capi::call::import;
use crate::capi::{Attached, Owned, PyResult, Raised};
use crate::signature::{Parameter, Signature};

/// What a path parameter is converted to, by the handler's annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Converter {
    /// `str`, as it is.
    Str,
    /// `int`: decimal digits with an optional sign, of any size.
    Int,
    /// `float`: what `float()` takes, without underscores and white space.
    Float,
    /// `uuid.UUID`: 32 hexadecimal digits, with the four hyphens of RFC 9562 or without any.
    Uuid,
    /// `datetime.date`: a day of the calendar, `2024-02-29`.
    Date,
    /// What a function of `coachwhip.converter` takes: its index, the same in every interpreter.
    Custom(usize),
}

/// How many digits an `int` parameter may have: CPython's own limit for converting text (CVE-2020-10735).
const INT_DIGITS_MAX: usize = 4300;

impl Converter {
    /// Whether `value` converts: native, so that a value that does not is answered without Python.
    pub fn accepts(self, value: &str) -> bool {
        match self {
            Self::Str | Self::Custom(_) => true,
            Self::Int => {
                let digits = value.strip_prefix(['-', '+']).unwrap_or(value);
                (1..=INT_DIGITS_MAX).contains(&digits.len())
                    && digits.bytes().all(|byte| byte.is_ascii_digit())
            }
            Self::Float => value.parse::<f64>().is_ok(),
            Self::Uuid => is_uuid(value.as_bytes()),
            Self::Date => is_date(value.as_bytes()),
        }
    }

    /// What is called with the text to make the value; `None` where that is native. Imports the module of the class.
    pub(crate) fn constructor(self, py: Attached<'_>) -> PyResult<Option<Owned<'_>>> {
        match self {
            Self::Str | Self::Int | Self::Float | Self::Custom(_) => Ok(None),
            Self::Uuid => import(c"uuid", py)?.attribute(c"UUID", py).map(Some),
            Self::Date => {
                let class = import(c"datetime", py)?.attribute(c"date", py)?;
                class.attribute(c"fromisoformat", py).map(Some)
            }
        }
    }

    /// What an annotation asks for; `classes` are those with a converter of their own.
    pub(crate) fn of_annotation(annotation: Option<&str>, classes: &[String]) -> Option<Self> {
        match annotation {
            None | Some("str" | "Any" | "typing.Any") => Some(Self::Str),
            Some("int") => Some(Self::Int),
            Some("float") => Some(Self::Float),
            Some("UUID" | "uuid.UUID") => Some(Self::Uuid),
            Some("date" | "datetime.date") => Some(Self::Date),
            Some(other) => {
                let index = classes.iter().position(|class| class == other);
                index.map(Self::Custom)
            }
        }
    }
}

fn is_uuid(text: &[u8]) -> bool {
    let is_hyphenated = text.len() == 36;
    let is_right = |(index, byte): (usize, &u8)| {
        if is_hyphenated && matches!(index, 8 | 13 | 18 | 23) {
            *byte == b'-'
        } else {
            byte.is_ascii_hexdigit()
        }
    };
    (is_hyphenated || text.len() == 32) && text.iter().enumerate().all(is_right)
}

fn is_date(text: &[u8]) -> bool {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else {
        return false;
    };
    let digits = [y1, y2, y3, y4, m1, m2, d1, d2];
    if !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let number = |digits: &[u8]| {
        let digits = digits.iter().map(|digit| u32::from(digit - b'0'));
        digits.fold(0, |number, digit| 10 * number + digit)
    };
    let (year, month, day) = (
        number(&digits[..4]),
        number(&digits[4..6]),
        number(&digits[6..]),
    );
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    year > 0 && (1..=days).contains(&day)
}

/// The arguments of one handler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Whether the first argument is the request.
    pub takes_request: bool,
    /// The path parameters that are passed by name: index in the path, name, conversion.
    pub named: Vec<(usize, String, Converter)>,
}

/// The plan for a handler with `signature` on `path`, whose parameters are `params`; `request` is what its own first
/// parameter is called in messages, and `classes` are those with a converter.
///
/// # Errors
///
/// `TypeError`, naming the function, its file and line, for a parameter that nothing can be passed to.
pub(crate) fn plan(
    signature: &Signature,
    (path, params): (&str, &[String]),
    request: &str,
    classes: &[String],
    py: Attached<'_>,
) -> PyResult<Plan> {
    let mistake = |what: &str| {
        let text = format!("handler {}: {what}", signature.source);
        Raised::type_error(&text, py)
    };
    if let Some(text) = mistaken_method(signature) {
        return Err(mistake(&text));
    }
    let takes_request = signature.has_varargs || !signature.positional.is_empty();
    if let Some(first) = signature
        .positional
        .first()
        .filter(|first| params.contains(&first.name))
    {
        let name = &first.name;
        return Err(mistake(&format!(
            "its first parameter is called '{name}' like a parameter of '{path}', but the {request} comes first; write def f({request}, {name})"
        )));
    }
    if let Some(first) = signature.positional.first()
        && let Some("int" | "float" | "str" | "bytes") = first.annotation.as_deref()
    {
        let (name, annotation) = (&first.name, first.annotation.as_deref().unwrap_or_default());
        return Err(mistake(&format!(
            "its first parameter '{name}' is annotated {annotation}, but the request comes first; {}",
            takes(path, params)
        )));
    }
    let mut named = Vec::new();
    for parameter in signature
        .positional
        .iter()
        .skip(1)
        .chain(&signature.keyword_only)
    {
        let Some(index) = params.iter().position(|name| *name == parameter.name) else {
            if parameter.has_default {
                continue;
            }
            let name = &parameter.name;
            return Err(mistake(&format!(
                "its parameter '{name}' is not in the path '{path}'; {}",
                takes(path, params)
            )));
        };
        let converter = converter(parameter, classes).map_err(|text| mistake(&text))?;
        named.push((index, parameter.name.clone(), converter));
    }
    if signature.has_varkeywords {
        let rest = params.iter().enumerate();
        let rest = rest.filter(|(index, _)| named.iter().all(|(known, _, _)| known != index));
        let rest: Vec<_> = rest
            .map(|(index, name)| (index, name.clone(), Converter::Str))
            .collect();
        named.extend(rest);
    }
    Ok(Plan {
        takes_request,
        named,
    })
}

/// What a handler on `path` may take.
fn takes(path: &str, params: &[String]) -> String {
    if params.is_empty() {
        return String::from(
            "it takes the request alone, or nothing, since the path has no parameters",
        );
    }
    let names = params.join("', '");
    format!("it takes the request, then what '{path}' names: '{names}'")
}

/// What is wrong with a function that is defined in a class and waits for an instance.
fn mistaken_method(signature: &Signature) -> Option<String> {
    let first = signature.positional.first()?;
    let mut scopes = signature.source.function.rsplit('.');
    let (name, class) = (scopes.next()?, scopes.next()?);
    let is_instance = matches!(first.name.as_str(), "self" | "cls");
    (is_instance && class != "<locals>").then(|| {
        format!(
            "it is a method, and there is no {class} to call it on; register a function, or a bound method: get('/')({class}().{name})"
        )
    })
}

fn converter(parameter: &Parameter, classes: &[String]) -> Result<Converter, String> {
    let name = &parameter.name;
    if parameter.is_positional_only {
        return Err(format!(
            "its path parameter '{name}' is positional-only; they are passed by name"
        ));
    }
    let annotation = parameter.annotation.as_deref();
    Converter::of_annotation(annotation, classes).ok_or_else(|| {
        let annotation = annotation.unwrap_or_default();
        format!("its path parameter '{name}' is annotated {annotation}; int, float, str, uuid.UUID and datetime.date convert; for another class, call coachwhip.converter(cls, function) before")
    })
}

#[cfg(test)]
mod tests {
    use super::Converter::{Date, Float, Int, Str, Uuid};

    #[test]
    fn converters_accept_what_python_would_convert() {
        let cases = [
            (Str, "", true),
            (Int, "0", true),
            (Int, "-7", true),
            (Int, "+7", true),
            (Int, "123456789012345678901234567890", true),
            (Int, "", false),
            (Int, "-", false),
            (Int, "1_000", false),
            (Int, "1.0", false),
            (Int, " 1", false),
            (Float, "1.5", true),
            (Float, "-1e3", true),
            (Float, "abc", false),
            (Float, "", false),
            (Uuid, "12345678-9abc-DEF0-1234-56789abcdef0", true),
            (Uuid, "123456789abcDEF0123456789abcdef0", true),
            (Uuid, "12345678-9abc-def0-1234-56789abcdef", false),
            (Uuid, "12345678-9abc-def0-1234-56789abcdefg", false),
            (Uuid, "12345678x9abc-def0-1234-56789abcdef0", false),
            (Uuid, "123456789abc-def0-1234-5678-9abcdef0", false),
            (Uuid, "{12345678-9abc-def0-1234-56789abcdef0}", false),
            (Uuid, "urn:uuid:12345678-9abc-def0-1234-56789abcdef0", false),
            (Uuid, "", false),
            (Date, "2024-02-29", true),
            (Date, "2000-02-29", true),
            (Date, "0001-01-01", true),
            (Date, "9999-12-31", true),
            (Date, "2023-02-29", false),
            (Date, "1900-02-29", false),
            (Date, "2024-04-31", false),
            (Date, "2024-13-01", false),
            (Date, "2024-00-01", false),
            (Date, "2024-01-00", false),
            (Date, "0000-01-01", false),
            (Date, "20240229", false),
            (Date, "2024-2-29", false),
            (Date, "2024-02-29T00", false),
            (Date, "2024-W01-1", false),
            (Date, "", false),
        ];
        for (converter, value, expected) in cases {
            assert_eq!(
                converter.accepts(value),
                expected,
                "{converter:?} {value:?}"
            );
        }
        assert!(!Int.accepts(&"9".repeat(4301)));
    }
}
