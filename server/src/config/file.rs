//! The TOML file: the table `[server]`, whose keys are the settings, `[errors]`, and the tables `[[static]]`.
//!
//! Read with the positions of its keys and values, so that each message names the line.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Error, SEE_HELP};
use super::given::{Given, Layer, Origin, Value};
use super::mounts::{self, MountTable};
use super::nearest::nearest;
use super::remark::Remark;
use super::setting::AnySetting;
use super::settings;

/// The table of the settings.
pub(super) const TABLE: &str = "server";

/// The table of how clients are told of errors, and its key.
const ERRORS: &str = "errors";
const FORMAT: &str = "format";

/// The file that is read without being named, below the working directory, if it has a table of ours: others call theirs so, too.
const UNNAMED: &str = "config/default.toml";

/// How much of a refused value a message shows.
const SHOWN_CHARACTERS_MAX: usize = 80;

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// The keys of `[server]`.
    pub(super) settings: Layer,
    /// The tables `[[static]]`, in order.
    pub(super) mounts: Vec<MountTable>,
    /// That the file is another program's.
    pub(super) remark: Option<Remark>,
}

/// What the named file says; without a name what [`UNNAMED`] says, where there is one that has a table of ours.
///
/// # Errors
///
/// [`Error::Unreadable`], [`Error::Syntax`], [`Error::UnknownKey`], and [`Error::Refused`] for a `server` or `static` of another
/// form.
pub(super) fn read(
    named: Option<(PathBuf, Origin)>,
    working_directory: &Path,
) -> Result<Contents, Error> {
    let is_named = named.is_some();
    let (path, origin) = named.unwrap_or_else(|| (UNNAMED.into(), Origin::Default));
    match std::fs::read_to_string(working_directory.join(&path)) {
        Ok(text) => {
            let document = Document {
                path: &path,
                text: &text,
            };
            if is_named {
                document.contents()
            } else {
                document.contents_if_ours()
            }
        }
        // Text of ours would be UTF-8, so this is not.
        Err(cause) if cause.kind() == std::io::ErrorKind::InvalidData && !is_named => {
            Ok(unrelated(path, None))
        }
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound && !is_named => {
            Ok(Contents::default())
        }
        Err(cause) => Err(Error::Unreadable {
            origin,
            path,
            cause,
        }),
    }
}

/// What is taken from another program's file: nothing, with a word about it.
fn unrelated(path: PathBuf, nearest: Option<&'static str>) -> Contents {
    Contents {
        remark: Some(Remark::UnrelatedFile { path, nearest }),
        ..Contents::default()
    }
}

/// A file's text, with its name for the messages.
struct Document<'d> {
    path: &'d Path,
    text: &'d str,
}

impl Document<'_> {
    fn contents(&self) -> Result<Contents, Error> {
        let document = DeTable::parse(self.text).map_err(|error| self.syntax(&error))?;
        let mut contents = Contents::default();
        let mut error_format = None;
        for (name, value) in document.get_ref() {
            match name.get_ref().as_ref() {
                TABLE => contents.settings = self.settings(value)?,
                ERRORS => error_format = self.error_format(value)?,
                mounts::TABLE => contents.mounts = self.mounts(value)?,
                _ => return Err(self.unknown_at_top(name, value.get_ref())),
            }
        }
        if let Some(given) = error_format {
            let about = settings::ERROR_FORMAT.about();
            if let Some(other) = contents.settings.get(about.name) {
                let allowed = format!("one of both: {} has {}", other.origin, about.key());
                return Err(Error::Refused {
                    origin: given.origin,
                    key: format!("[{ERRORS}] {FORMAT}"),
                    value: given.written,
                    allowed,
                });
            }
            contents.settings.insert(about.name, given);
        }
        Ok(contents)
    }

    /// The contents of a file that nobody has named.
    fn contents_if_ours(&self) -> Result<Contents, Error> {
        const TABLES: [(&str, &str); 3] = [
            (TABLE, "[server]"),
            (ERRORS, "[errors]"),
            (mounts::TABLE, "[[static]]"),
        ];
        let names: Vec<String> = match DeTable::parse(self.text) {
            Ok(document) => {
                let names = document.get_ref().keys();
                names.map(|name| name.get_ref().to_string()).collect()
            }
            Err(_) => self.names_in_lines(),
        };
        let is_ours = |name: &String| TABLES.iter().any(|(table, _)| name == table);
        if names.is_empty() || names.iter().any(is_ours) {
            return self.contents();
        }
        let near = |name: &String| nearest(name, TABLES.map(|(table, _)| table));
        let near = names.iter().find_map(near);
        let near = TABLES.iter().find(|(table, _)| near == Some(table));
        Ok(unrelated(
            self.path.to_owned(),
            near.map(|(_, written)| *written),
        ))
    }

    /// What stands at the head of tables and before equal signs, in text that is no TOML; one empty name where there is none.
    fn names_in_lines(&self) -> Vec<String> {
        let name = |line: &str| {
            let inner = line.trim_start_matches(['[', ' ', '\t', '"', '\'']);
            let is_letter = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
            let end = inner.find(|c| !is_letter(c)).unwrap_or(inner.len());
            inner[..end].to_owned()
        };
        let mut names: Vec<String> = self.text.lines().map(name).collect();
        names.push(String::new());
        names
    }

    /// The key of the table `[errors]`, which stands for the setting `error_format`.
    fn error_format(&self, value: &Spanned<DeValue<'_>>) -> Result<Option<Given>, Error> {
        let table = value.get_ref().as_table();
        let table = table.ok_or_else(|| self.other_form(ERRORS, value, "the table [errors]"))?;
        if let Some((key, _)) = table.iter().find(|(key, _)| *key.get_ref() != FORMAT) {
            let written = key.get_ref().as_ref();
            return Err(Error::UnknownKey {
                origin: self.origin(key.span()),
                kind: "key",
                key: written.to_owned(),
                nearest: nearest(written, [FORMAT]).map(str::to_owned),
                hint: "the table [errors] has format",
            });
        }
        Ok(table.get(FORMAT).map(|value| self.given(value)))
    }

    fn settings(&self, value: &Spanned<DeValue<'_>>) -> Result<Layer, Error> {
        let table = value.get_ref().as_table();
        let table = table.ok_or_else(|| self.other_form(TABLE, value, "the table [server]"))?;
        let mut layer = Layer::new();
        for (key, value) in table {
            let is_meant = |setting: &&&dyn AnySetting| setting.about().key() == *key.get_ref();
            let setting = settings::IN_FILE.iter().find(is_meant);
            let setting = setting.ok_or_else(|| self.unknown_key(key))?;
            layer.insert(setting.about().name, self.given(value));
        }
        Ok(layer)
    }

    fn mounts(&self, value: &Spanned<DeValue<'_>>) -> Result<Vec<MountTable>, Error> {
        let tables = value.get_ref().as_array();
        let tables = tables.ok_or_else(|| self.no_mounts(value))?;
        tables.iter().map(|table| self.mount(table)).collect()
    }

    fn mount(&self, value: &Spanned<DeValue<'_>>) -> Result<MountTable, Error> {
        let table = value.get_ref().as_table();
        let table = table.ok_or_else(|| self.no_mounts(value))?;
        let is_unknown = |key: &str| !mounts::KEYS.contains(&key);
        if let Some((key, _)) = table.iter().find(|(key, _)| is_unknown(key.get_ref())) {
            return Err(self.unknown_mount_key(key));
        }
        Ok(MountTable {
            origin: self.origin(value.span()),
            values: mounts::KEYS.map(|key| table.get(key).map(|value| self.given(value))),
        })
    }

    fn no_mounts(&self, value: &Spanned<DeValue<'_>>) -> Error {
        self.other_form(mounts::TABLE, value, "tables, each headed by [[static]]")
    }

    fn given(&self, value: &Spanned<DeValue<'_>>) -> Given {
        let raw = match value.get_ref() {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map_or(Value::Unusable, Value::Integer),
            DeValue::Float(number) => number
                .as_str()
                .parse()
                .map_or(Value::Unusable, Value::Float),
            DeValue::Boolean(boolean) => Value::Boolean(*boolean),
            DeValue::Array(elements) => {
                Value::List(elements.iter().map(|element| self.given(element)).collect())
            }
            DeValue::Datetime(_) | DeValue::Table(_) => Value::Unusable,
        };
        Given {
            origin: self.origin(value.span()),
            written: self.written(value.span()),
            value: raw,
        }
    }

    /// The first line of what stands there, cut to a length that a message can bear.
    fn written(&self, span: Range<usize>) -> String {
        let text = self.text.get(span).unwrap_or_default();
        let shown: String = text
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(SHOWN_CHARACTERS_MAX)
            .collect();
        if shown.len() < text.len() {
            format!("{shown}...")
        } else {
            shown
        }
    }

    fn origin(&self, span: Range<usize>) -> Origin {
        Origin::File {
            path: self.path.to_owned(),
            line: self.position(span.start).0,
        }
    }

    /// Line and column of a byte, counted from 1.
    fn position(&self, byte: usize) -> (usize, usize) {
        let before = self.text.get(..byte).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (
            before.matches('\n').count() + 1,
            before[line_start..].chars().count() + 1,
        )
    }

    fn syntax(&self, error: &toml::de::Error) -> Error {
        let (line, column) = self.position(error.span().map_or(0, |span| span.start));
        let cause = error.message().lines().collect::<Vec<_>>().join("; ");
        Error::Syntax {
            path: self.path.to_owned(),
            line,
            column,
            cause,
        }
    }

    fn other_form(&self, key: &str, value: &Spanned<DeValue<'_>>, allowed: &str) -> Error {
        Error::Refused {
            origin: self.origin(value.span()),
            key: key.to_owned(),
            value: self.written(value.span()),
            allowed: allowed.to_owned(),
        }
    }

    fn unknown_mount_key(&self, key: &Spanned<impl AsRef<str>>) -> Error {
        let written = key.get_ref().as_ref();
        Error::UnknownKey {
            origin: self.origin(key.span()),
            kind: "key",
            key: written.to_owned(),
            nearest: nearest(written, mounts::KEYS).map(str::to_owned),
            hint: "a table [[static]] has mount, dir and cache_control",
        }
    }

    fn unknown_key(&self, key: &Spanned<impl AsRef<str>>) -> Error {
        let written = key.get_ref().as_ref();
        let keys: Vec<_> = settings::IN_FILE
            .iter()
            .map(|setting| setting.about().key())
            .collect();
        let is_outside = settings::OUTSIDE_FILE
            .iter()
            .any(|setting| setting.about().key() == written);
        Error::UnknownKey {
            origin: self.origin(key.span()),
            kind: "key",
            key: written.to_owned(),
            nearest: nearest(written, keys.iter().map(String::as_str)).map(str::to_owned),
            hint: if is_outside {
                "a file can't name another file"
            } else {
                SEE_HELP
            },
        }
    }

    fn unknown_at_top(&self, name: &Spanned<impl AsRef<str>>, value: &DeValue<'_>) -> Error {
        let is_tables = |value: &DeValue<'_>| {
            let first = value.as_array().and_then(|elements| elements.first());
            first.is_some_and(|first| first.get_ref().is_table())
        };
        let kind = if value.is_table() || is_tables(value) {
            "table"
        } else {
            "key outside [server]"
        };
        Error::UnknownKey {
            origin: self.origin(name.span()),
            kind,
            key: name.get_ref().as_ref().to_owned(),
            nearest: nearest(name.get_ref().as_ref(), [TABLE, mounts::TABLE, ERRORS])
                .map(str::to_owned),
            hint: "every key stands below [server], [errors] or [[static]]",
        }
    }
}
