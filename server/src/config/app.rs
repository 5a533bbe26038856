//! What to serve: `package.module` of native handlers, or `package.module:attribute` that is called.

use std::fmt;
use std::str::FromStr;

/// The application by its import path. `Display` gives the form that it was parsed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// The dotted name to import.
    ///
    /// INVARIANT: Python identifiers between single dots.
    pub module: String,
    /// The callable in it, for WSGI and ASGI; without one the module registers its handlers itself.
    ///
    /// INVARIANT: one Python identifier.
    pub attribute: Option<String>,
}

/// The text is not an application's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not package.module or package.module:attribute")]
pub struct NoApp;

impl FromStr for App {
    type Err = NoApp;

    fn from_str(text: &str) -> Result<Self, NoApp> {
        let (module, attribute) = match text.split_once(':') {
            Some((module, attribute)) => (module, Some(attribute)),
            None => (text, None),
        };
        if module.split('.').chain(attribute).all(is_identifier) {
            Ok(Self {
                module: module.to_owned(),
                attribute: attribute.map(str::to_owned),
            })
        } else {
            Err(NoApp)
        }
    }
}

impl fmt::Display for App {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.module)?;
        self.attribute
            .iter()
            .try_for_each(|attribute| write!(formatter, ":{attribute}"))
    }
}

/// Whether Python could take the word for a name.
///
/// Outside ASCII Python's rule (XID) is a little narrower; what passes here and not there fails as an import.
fn is_identifier(word: &str) -> bool {
    let mut letters = word.chars();
    letters
        .next()
        .is_some_and(|first| first == '_' || first.is_alphabetic())
        && letters.all(|letter| letter == '_' || letter.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn app_round_trips() {
        for text in [
            "demo",
            "pyhandlers.demo",
            "a.b_2.c:application",
            "_x:_y",
            "größe.modul",
        ] {
            assert_eq!(text.parse::<App>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn app_refuses_what_python_could_not_import() {
        for text in [
            "", ".", "a.", ".a", "a..b", "a:", ":b", "a:b:c", "a:b.c", "a-b", "2a", "a b",
            "a/b.py", "a:b()",
        ] {
            assert_eq!(text.parse::<App>(), Err(NoApp), "{text}");
        }
    }
}
