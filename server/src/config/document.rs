//! The configuration as a TOML file for a person: every key below its meaning, what is allowed, and its other names.

use super::file::TABLE;
use super::mounts;
use super::setting::{AnySetting, Entry};
use super::settings;
use super::shape::Form;

const DEFAULT_TITLE: &str = "\
# Every setting of coachwhip with its default. This file is read when no other is named with --config.
#
# Precedence: default < this file < environment < command line. Relative directories begin where
# the server is started. The text is made from the code; a test keeps the two equal.
";

const EFFECTIVE_TITLE: &str = "\
# The effective configuration of coachwhip: defaults, file, environment and command line together.
# Read back with --config FILE it gives the same configuration.
";

/// The file that gives every setting its default.
pub fn default_toml() -> String {
    let entries = settings::IN_FILE.iter().map(|&setting| Entry {
        setting,
        toml: setting.default_toml(),
    });
    write(DEFAULT_TITLE, entries, &mounts::write(&[]))
}

/// The file that gives every setting the value of `entries`, with the tables `mounts` after them.
pub(super) fn effective(entries: impl IntoIterator<Item = Entry>, mounts: &str) -> String {
    write(EFFECTIVE_TITLE, entries, mounts)
}

fn write(title: &str, entries: impl IntoIterator<Item = Entry>, mounts: &str) -> String {
    let mut paragraphs = vec![format!("{title}\n[{TABLE}]\n")];
    let mut heading = "";
    for Entry { setting, toml } in entries {
        let about = setting.about();
        if heading != about.heading {
            heading = about.heading;
            paragraphs.push(format!("# ---- {heading} ----\n"));
        }
        let line = match toml {
            Some(toml) => format!("{} = {toml}\n", about.key()),
            None => format!("# {} = \"{}\"\n", about.key(), about.placeholder),
        };
        paragraphs.push(comment(setting) + &line);
    }
    paragraphs.push(mounts.to_owned());
    paragraphs.join("\n")
}

fn comment(setting: &dyn AnySetting) -> String {
    let about = setting.about();
    let default = setting.default_toml().unwrap_or_else(|| "none".to_owned());
    let option = if setting.form() == Form::Argument {
        about.placeholder.to_owned()
    } else {
        about.option()
    };
    format!(
        "# {}.\n# Allowed: {}. Default: {default}.\n# {option}, {}\n",
        about.meaning,
        setting.allowed(),
        about.variable()
    )
}
