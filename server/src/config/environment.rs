//! The environment: one variable a setting; what else begins like one is passed over, and told.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::error::Error;
use super::given::{Given, Layer, Origin};
use super::nearest::nearest;
use super::orchestrators;
use super::remark::Remark;
use super::setting::VARIABLE_PREFIX;
use super::settings;

/// Variables with our prefix that speak to the build and the scripts.
const OF_THE_BUILD: [&str; 2] = ["COACHWHIP_PYTHON", "COACHWHIP_BUILD_PYTHON"];

/// Variables with this prefix speak to the tests.
const OF_THE_TESTS: &str = "COACHWHIP_TEST_";

/// The variable of an activated virtual environment.
const VIRTUAL_ENV: &str = "VIRTUAL_ENV";

/// What our variables say, and which ones are none of ours; an empty one says nothing.
///
/// # Errors
///
/// [`Error::Refused`] for one that is not UTF-8.
pub(super) fn read(
    environment: &BTreeMap<OsString, OsString>,
) -> Result<(Layer, Vec<Remark>), Error> {
    let (mut layer, mut remarks) = (Layer::new(), Vec::new());
    for (name, value) in environment {
        let name = name.to_string_lossy();
        let is_ours = name.starts_with(VARIABLE_PREFIX)
            && !name.starts_with(OF_THE_TESTS)
            && !OF_THE_BUILD.contains(&&*name);
        if !is_ours || value.is_empty() {
            continue;
        }
        let known = settings::all().find(|setting| setting.about().variable() == name);
        let Some(setting) = known else {
            let rest = name.strip_prefix(VARIABLE_PREFIX).unwrap_or_default();
            if !orchestrators::inject(rest, &value.to_string_lossy()) {
                remarks.push(unknown(&name));
            }
            continue;
        };
        let text = value.to_str().ok_or_else(|| Error::Refused {
            origin: Origin::Variable(name.to_string()),
            key: setting.about().key(),
            value: value.display().to_string(),
            allowed: format!("{}, in UTF-8", setting.allowed()),
        })?;
        layer.insert(
            setting.about().name,
            setting.given(Origin::Variable(name.into_owned()), text),
        );
    }
    Ok((layer, remarks))
}

/// What an activated virtual environment says: less than any source of ours.
pub(super) fn read_virtual_env(environment: &BTreeMap<OsString, OsString>) -> Layer {
    let directory = environment
        .iter()
        .find(|(name, value)| *name == VIRTUAL_ENV && !value.is_empty());
    let given = directory.map(|(_, value)| {
        Given::word(
            Origin::Variable(VIRTUAL_ENV.to_owned()),
            &value.to_string_lossy(),
        )
    });
    given
        .map(|given| (settings::VENV.about.name, given))
        .into_iter()
        .collect()
}

fn unknown(name: &str) -> Remark {
    // Without the prefix, which is the same in all and would make any two look alike.
    let key = name.trim_start_matches(VARIABLE_PREFIX).to_lowercase();
    let keys: Vec<_> = settings::all()
        .map(|setting| setting.about().key())
        .collect();
    let nearest = nearest(&key, keys.iter().map(String::as_str));
    Remark::UnknownVariable {
        variable: name.to_owned(),
        nearest: nearest.map(|key| format!("{VARIABLE_PREFIX}{}", key.to_uppercase())),
    }
}
