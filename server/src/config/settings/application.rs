//! What is served, and where its modules and this configuration come from.

use crate::config::lists::Directories;
use crate::config::setting::{About, Setting};
use crate::config::shape::{Application, OptionalPath};

pub(in crate::config) static APP: Setting<Application> = Setting {
    about: About {
        name: "app",
        heading: "Application",
        placeholder: "APP",
        meaning: "What to serve: package.module, whose handlers register themselves",
        default: "pyhandlers.demo",
    },
    shape: Application,
};

pub(in crate::config) static PYTHONPATH: Setting<Directories> = Setting {
    about: About {
        name: "pythonpath",
        heading: "Application",
        placeholder: "DIR",
        meaning: "Where modules are looked for first; one or several",
        default: ".",
    },
    shape: Directories,
};

pub(in crate::config) static VENV: Setting<OptionalPath> = Setting {
    about: About {
        name: "venv",
        heading: "Application",
        placeholder: "DIR",
        meaning: "Virtual environment whose packages are used; without it that of VIRTUAL_ENV",
        default: "",
    },
    shape: OptionalPath {
        expected: "a virtual environment, a directory with bin/python, or \"\" for none",
    },
};

pub(in crate::config) static CONFIG: Setting<OptionalPath> = Setting {
    about: About {
        name: "config",
        heading: "Application",
        placeholder: "FILE",
        meaning: "TOML file to read; without it config/default.toml, where it has [server] or [[static]]",
        default: "",
    },
    shape: OptionalPath {
        expected: "a TOML file that can be read",
    },
};
