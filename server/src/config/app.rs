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
        // A module called `py` could be meant, but a file is.
        let is_file = module
            .rsplit_once('.')
            .is_some_and(|(_, last)| last == "py");
        if !is_file && module.split('.').chain(attribute).all(is_identifier) {
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

/// The module of a Python file that was named in the place of one, with what else to give where it lies elsewhere.
pub(super) fn module_of_file(text: &str) -> Option<String> {
    let file = text.split(':').next().unwrap_or_default();
    let path = file.strip_suffix(".py")?.trim_start_matches("./");
    if path.split('/').all(is_identifier) {
        return Some(path.replace('/', "."));
    }
    let (folder, name) = path.rsplit_once('/')?;
    let folder = if folder.is_empty() { "/" } else { folder };
    is_identifier(name).then(|| format!("{name}, with --pythonpath {folder}"))
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
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "a:",
            ":b",
            "a:b:c",
            "a:b.c",
            "a-b",
            "2a",
            "a b",
            "a/b.py",
            "a:b()",
            "ops.py",
            "ops.py:app",
            "a.b.py",
        ] {
            assert_eq!(text.parse::<App>(), Err(NoApp), "{text}");
        }
    }

    #[test]
    fn files_are_told_from_what_is_no_module() {
        for (text, module) in [
            ("ops.py", Some("ops")),
            ("./ops.py", Some("ops")),
            ("ops.py:app", Some("ops")),
            ("shop/views/main.py", Some("shop.views.main")),
            ("/srv/shop/ops.py", Some("ops, with --pythonpath /srv/shop")),
            ("../ops.py", Some("ops, with --pythonpath ..")),
            ("/ops.py", Some("ops, with --pythonpath /")),
            ("my-shop/ops.py", Some("ops, with --pythonpath my-shop")),
            ("my-ops.py", None),
            ("ops", None),
            (".py", None),
        ] {
            assert_eq!(module_of_file(text).as_deref(), module, "{text}");
        }
    }
}
