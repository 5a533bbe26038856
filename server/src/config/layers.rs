//! The sources, one above the other: default < `VIRTUAL_ENV` < file < environment < command line.

use std::path::{Path, PathBuf};

use super::error::Error;
use super::given::{Given, Layer, Origin};
use super::names::{Name, Names};
use super::setting::Setting;
use super::settings;
use super::shape::Shape;
use crate::http::Allowed;

/// What every source says, and where relative paths begin.
pub(super) struct Layers<'w> {
    /// From the weakest source to the strongest; the first has every setting.
    layers: Vec<Layer>,
    working_directory: &'w Path,
}

impl<'w> Layers<'w> {
    /// The defaults, below the sources `above` from the weakest to the strongest.
    pub(super) fn new(above: impl IntoIterator<Item = Layer>, working_directory: &'w Path) -> Self {
        let default = settings::IN_FILE.iter().map(|setting| {
            let about = setting.about();
            (about.name, setting.given(Origin::Default, about.default))
        });
        Self {
            layers: std::iter::once(default.collect()).chain(above).collect(),
            working_directory,
        }
    }

    /// The value of the strongest source that has one; those of the others are checked as well.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`].
    pub(super) fn value<S: Shape>(&self, setting: &Setting<S>) -> Result<S::Value, Error> {
        self.strongest(setting).map(|(value, _)| value)
    }

    /// The setting's directories, absolute, each of which exists.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`].
    pub(super) fn directories<S: Shape<Value = Vec<PathBuf>>>(
        &self,
        setting: &Setting<S>,
    ) -> Result<Vec<PathBuf>, Error> {
        let (paths, given) = self.strongest(setting)?;
        let absolute = |(path, element)| {
            directory(self.working_directory, path).ok_or_else(|| setting.refuse(element))
        };
        paths
            .into_iter()
            .zip(given.elements())
            .map(absolute)
            .collect()
    }

    /// The setting's directory, absolute; `contents` exists in it.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`].
    pub(super) fn directory_with<S>(
        &self,
        setting: &Setting<S>,
        contents: &str,
    ) -> Result<Option<PathBuf>, Error>
    where
        S: Shape<Value = Option<PathBuf>>,
    {
        let (path, given) = self.strongest(setting)?;
        let Some(path) = path else { return Ok(None) };
        let directory = directory(self.working_directory, path)
            .filter(|directory| directory.join(contents).exists());
        directory.map(Some).ok_or_else(|| setting.refuse(given))
    }

    /// The message about a value that does not go with those of other settings; `expected` stands after "expected".
    pub(super) fn refusal<S: Shape>(&self, setting: &Setting<S>, expected: String) -> Error {
        match self.strongest(setting) {
            Err(error) => error,
            Ok((_, given)) => Error::Refused {
                origin: given.origin.clone(),
                key: setting.about.key(),
                value: given.written.clone(),
                allowed: expected,
            },
        }
    }

    /// Refuses the `*` of a setting, which cookies and the like rule out.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`].
    pub(super) fn refuse_any<T: Name>(&self, setting: &Setting<Names<T>>) -> Result<(), Error> {
        let (value, _) = self.strongest(setting)?;
        if !value.is_any() {
            return Ok(());
        }
        Err(self.refusal(
            setting,
            format!(
                "no \"*\" together with cors_credentials = true, which browsers refuse: {}, or a list of them",
                setting.shape.one()
            ),
        ))
    }

    /// Whether the PROXY protocol is spoken; that needs proxies that may speak it.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`].
    pub(super) fn proxy_protocol(&self) -> Result<bool, Error> {
        let (is_spoken, given) = self.strongest(&settings::PROXY_PROTOCOL)?;
        let trusted = self.value(&settings::TRUSTED_PROXIES)?;
        if !is_spoken || trusted != Allowed::These(Vec::new()) {
            return Ok(is_spoken);
        }
        Err(Error::Refused {
            origin: given.origin.clone(),
            key: settings::PROXY_PROTOCOL.about.key(),
            value: given.written.clone(),
            allowed: "false, or trusted_proxies that name who sends the header".to_owned(),
        })
    }

    /// # Panics
    ///
    /// For a setting outside [`settings::IN_FILE`], which alone have a default.
    fn strongest<S: Shape>(&self, setting: &Setting<S>) -> Result<(S::Value, &Given), Error> {
        let mut strongest = None;
        for given in self
            .layers
            .iter()
            .filter_map(|layer| layer.get(setting.about.name))
        {
            strongest = Some((setting.read(given)?, given));
        }
        Ok(strongest.expect("the first layer has a default for every setting"))
    }
}

/// A directory that exists: absolute, in UTF-8 so that it can be written to a file, without `.` in its middle.
pub(super) fn directory(working_directory: &Path, path: PathBuf) -> Option<PathBuf> {
    let absolute: PathBuf = working_directory.join(path).components().collect();
    (absolute.is_dir() && absolute.to_str().is_some()).then_some(absolute)
}
