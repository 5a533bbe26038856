//! A file, variables and arguments as a configuration: `src/configuration.rs` says how an input holds them.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use coachwhip_fuzz::configuration;
use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(configuration::make_folder);

fuzz_target!(|data: &[u8]| configuration::check(data, &FOLDER));
