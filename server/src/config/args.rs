//! The command line: clap's derive for the commands, the table of settings for the options.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::ArgAction;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgMatches, FromArgMatches, Parser, Subcommand};

use super::Command;
use super::error::Error;
use super::given::{Given, Layer, Origin};
use super::setting::AnySetting;
use super::settings;
use super::shape::Form;

/// The command line as typed.
#[derive(Debug, Parser)]
#[command(
    name = "coachwhip",
    bin_name = "coachwhip",
    override_usage = "coachwhip [OPTIONS] [APP]\n       coachwhip <COMMAND> [OPTIONS]",
    version,
    about = "An HTTP server that runs Python handlers on a pool of interpreters inside one process",
    after_help = "Every option is also a key of the TOML file ([server] queue_depth = 1024) and an environment variable\n\
                  (COACHWHIP_QUEUE_DEPTH=1024, lists between commas). Precedence: default < file < environment < command line.",
    disable_help_subcommand = true,
    subcommand_help_heading = "Commands",
    term_width = 140
)]
struct Args {
    #[arg(value_name = settings::APP.about.placeholder, help = settings::APP.about.help())]
    app: Option<String>,
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Say what Python is embedded, which strategies it allows, which one `auto` takes and why
    Info {
        /// As one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print the routing table: method, path, function, file and line
    Routes {
        #[arg(value_name = settings::APP.about.placeholder, help = settings::APP.about.help())]
        app: Option<String>,
        /// As one JSON array
        #[arg(long)]
        json: bool,
    },
    /// Run tests of handlers with pytest, in the embedded Python: there `coachwhip` and `coachwhip.testing` can be imported
    Test {
        /// Files and folders of tests; without any, what pytest finds
        #[arg(value_name = "PATH")]
        paths: Vec<OsString>,
        /// Further arguments for pytest, after --
        #[arg(value_name = "PYTEST_ARGUMENT", last = true)]
        arguments: Vec<OsString>,
    },
    /// Run the embedded Python as `python` does, such as `coachwhip python -m mypy .`
    Python {
        /// What stands after `python`
        #[arg(
            value_name = "ARGUMENT",
            trailing_var_arg = true,
            allow_hyphen_values = true
        )]
        arguments: Vec<OsString>,
    },
    /// Print the effective configuration, as TOML that can be fed back
    Config,
    /// Measure what coachwhip costs on this machine
    #[command(
        arg_required_else_help = false,
        subcommand_help_heading = "Measurements"
    )]
    Bench {
        #[command(subcommand)]
        measurement: Measurement,
    },
}

#[derive(Debug, Subcommand)]
enum Measurement {
    /// A call from Python to native code, beside calls of Python functions, in an interpreter of the strategy: 10,000 calls to
    /// warm up, then 15 repeats of 100,000
    Boundary {
        /// Write the figures and every repeat's duration to this file too, as one JSON object
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// The options of the table that were typed.
#[derive(Debug, Default)]
struct Options(Layer);

/// Takes the command line apart; `args` begins with the program's name.
///
/// # Errors
///
/// [`Error::Answer`], [`Error::UnknownOption`] and [`Error::CommandLine`].
pub(super) fn read(args: impl IntoIterator<Item = OsString>) -> Result<(Command, Layer), Error> {
    let Args {
        app,
        options: Options(mut layer),
        action,
    } = Args::try_parse_from(args).map_err(|error| explain(&error))?;
    let (command, action_app) = match action {
        None => (Command::Serve, None),
        Some(Action::Info { json }) => (Command::Info { json }, None),
        Some(Action::Routes { app, json }) => (Command::Routes { json }, app),
        Some(Action::Test {
            mut paths,
            arguments,
        }) => {
            paths.extend(arguments);
            (Command::Test { arguments: paths }, None)
        }
        Some(Action::Python { arguments }) => (Command::Python { arguments }, None),
        Some(Action::Config) => (Command::Config, None),
        Some(Action::Bench {
            measurement: Measurement::Boundary { output },
        }) => (Command::Boundary { output }, None),
    };
    let about = &settings::APP.about;
    if let Some(app) = action_app.or(app) {
        layer.insert(
            about.name,
            Given::word(Origin::CommandLine(about.placeholder.to_owned()), &app),
        );
    }
    Ok((command, layer))
}

impl clap::Args for Options {
    fn augment_args(command: clap::Command) -> clap::Command {
        command.args(settings::all().filter_map(option))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Options {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut options = Self::default();
        options.update_from_arg_matches(matches)?;
        Ok(options)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for setting in settings::all().filter(|setting| setting.form() != Form::Argument) {
            let about = setting.about();
            let Some(mut words) = matches.get_many::<String>(about.name) else {
                continue;
            };
            let origin = Origin::CommandLine(about.option());
            let given = match (setting.form(), words.next_back()) {
                (Form::Repeated, last) => {
                    Given::words(&origin, words.chain(last).map(String::as_str))
                }
                (Form::Listed, last) => {
                    let words = words.chain(last);
                    Given::words(&origin, words.flat_map(|word| word.split(',')))
                }
                (Form::Argument | Form::Option | Form::Switch, Some(word)) => {
                    Given::word(origin, word)
                }
                (Form::Argument | Form::Option | Form::Switch, None) => continue,
            };
            self.0.insert(about.name, given);
        }
        Ok(())
    }
}

/// A setting as clap knows it; `None` for the argument, which the commands declare themselves.
///
/// clap takes every value as text: the checks are the settings' own, so that one message serves all sources.
fn option(setting: &dyn AnySetting) -> Option<Arg> {
    let about = setting.about();
    let arg = Arg::new(about.name)
        .long(about.name)
        .value_name(about.placeholder)
        .help(about.help())
        .help_heading(about.heading)
        .allow_negative_numbers(true)
        .global(true);
    match setting.form() {
        Form::Argument => None,
        Form::Option => Some(arg.action(ArgAction::Set)),
        Form::Repeated | Form::Listed => Some(arg.action(ArgAction::Append)),
        Form::Switch => Some(
            arg.action(ArgAction::Set)
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value("true"),
        ),
    }
}

/// clap's error as one of ours: one message, without the usage that follows it.
fn explain(error: &clap::Error) -> Error {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        return Error::Answer(error.render());
    }
    let text = |kind: ContextKind| {
        let ContextValue::String(text) = error.get(kind)? else {
            return None;
        };
        Some(text.clone())
    };
    match text(ContextKind::InvalidArg) {
        Some(option) if error.kind() == ErrorKind::UnknownArgument && option.starts_with('-') => {
            Error::UnknownOption {
                option,
                nearest: text(ContextKind::SuggestedArg),
            }
        }
        _ => {
            let rendered = error.render().to_string();
            let message = rendered.lines().next().unwrap_or_default();
            Error::CommandLine(message.trim_start_matches("error: ").to_owned())
        }
    }
}
