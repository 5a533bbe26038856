//! The `coachwhip` command.

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use mimalloc::MiMalloc;
use server::commands::{BoundaryError, PythonError};
use server::config::{self, Command, Loaded};
use server::interpreter::{CommandLine, abandon};
use server::supervision::ServeError;
use server::{commands, logging, start, supervision};

/// Makes and frees what a request needs in less than half of the instructions that the system's allocator takes.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let environment = env::vars_os().collect();
    let folder = env::current_dir().unwrap_or_default();
    let Loaded {
        command,
        config,
        remarks,
    } = match config::load(env::args_os(), &environment, &folder) {
        Ok(loaded) => loaded,
        Err(config::Error::Answer(text)) => {
            let is_plain = !io::stdout().is_terminal();
            let text = if is_plain {
                text.to_string()
            } else {
                text.ansi().to_string()
            };
            return print(&text);
        }
        Err(error) => return fail(&error.to_string(), error.exit_status()),
    };
    let logging = logging::start(config.log_level, config.log_format);
    for remark in remarks {
        tracing::warn!("{remark}");
    }
    match command {
        Command::Config => {
            drop(logging);
            print(&config.to_toml())
        }
        Command::Info { json } => {
            drop(logging);
            print(&commands::info(json))
        }
        Command::Routes { json } => {
            let told = start::pool(&config)
                .map_err(ServeError::from)
                .and_then(|pool| commands::routes(&pool, json));
            drop(logging);
            report(told)
        }
        Command::Test { arguments } => python(&config, logging, &arguments, |line| {
            commands::test(line, config.venv.as_deref())
        }),
        Command::Python { arguments } => python(&config, logging, &arguments, commands::python),
        Command::Boundary { output } => {
            let code = boundary(&config, output.as_deref());
            drop(logging);
            code
        }
        Command::Serve => serve(&config, logging),
    }
}

fn boundary(config: &config::Config, output: Option<&Path>) -> ExitCode {
    let told = start::choice(config)
        .map_err(BoundaryError::from)
        .and_then(|choice| {
            commands::boundary(choice, start::executable(config).as_deref(), output)
        });
    match told {
        Ok(text) => print(&text),
        Err(error) => fail(&error.to_string(), error.exit_status()),
    }
}

fn python(
    config: &config::Config,
    logging: logging::Guard,
    arguments: &[OsString],
    run: impl FnOnce(CommandLine<'_>) -> Result<u8, PythonError>,
) -> ExitCode {
    let executable = start::executable(config);
    let ran = start::choice(config)
        .map_err(PythonError::from)
        .and_then(|choice| {
            run(CommandLine {
                executable: executable.as_deref(),
                pythonpath: &config.pythonpath,
                strategy: choice.in_main(),
                arguments,
            })
        });
    drop(logging);
    match ran {
        Ok(status) => ExitCode::from(status),
        Err(error) => fail(&error.to_string(), error.exit_status()),
    }
}

fn serve(config: &config::Config, logging: logging::Guard) -> ExitCode {
    let debug_text = format!("{config:?}");
    tracing::debug!(config = debug_text, "effective configuration");
    let served = start::settings(config).and_then(supervision::serve);
    // Flushes what was logged: nothing after this is.
    drop(logging);
    let Err(error) = served else {
        return ExitCode::SUCCESS;
    };
    let status = error.exit_status();
    let code = fail(&error.to_string(), status);
    if error.leaves_python_running() {
        // Threads may be in the middle of Python code: even the end of `main` would run into them.
        abandon(status);
    }
    code
}

fn report(told: Result<String, ServeError>) -> ExitCode {
    match told {
        Ok(text) => print(&text),
        Err(error) => fail(&error.to_string(), error.exit_status()),
    }
}

fn print(text: &str) -> ExitCode {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("can't write to standard output: {error}"), 1),
    }
}

fn fail(message: &str, status: u8) -> ExitCode {
    let _ = writeln!(io::stderr().lock(), "coachwhip: {message}");
    ExitCode::from(status)
}
