//! The commands that tell rather than serve: `info`, `routes` and `bench boundary`.

mod boundary;
mod output;
mod python;

use std::fmt::Write as _;
use std::sync::Arc;

use native_types::place::VERSION;
use native_types::routes::RouteInfo;
use serde_json::{Value, json};

use crate::interpreter::{Python, STRATEGIES, choose};
use crate::router::Router;
use crate::supervision::{Interpreters, PoolSettings, ServeError};

pub use boundary::{BoundaryError, boundary};
pub use output::OutputError;
pub use python::{PythonError, python, test};

/// Which Python is embedded, which strategies it allows, which one `auto` takes and why.
pub fn info(as_json: bool) -> String {
    let python = Python::embedded();
    let automatic = choose(None, &python).ok();
    let (strategy, reason) = automatic.map_or(("main", ""), |choice| {
        (choice.strategy.name(), choice.reason)
    });
    if as_json {
        let strategies = STRATEGIES.iter().map(|strategy| {
            let refusal = strategy.refusal(&python);
            let mut told = json!({ "possible": refusal.is_none() });
            if let Some(reason) = refusal {
                told["reason"] = Value::String(reason);
            }
            (strategy.name().to_owned(), told)
        });
        let told = json!({
            "version": VERSION,
            "python": {
                "version": python.number(),
                "free_threaded": python.is_free_threaded,
                "executable": python.executable,
            },
            "strategies": strategies.collect::<serde_json::Map<_, _>>(),
            "auto": { "strategy": strategy, "reason": reason },
        });
        return format!("{told:#}\n");
    }
    let mut text = format!("coachwhip {VERSION}\n");
    let _ = writeln!(
        text,
        "python    {python}  built against {}",
        python.executable.display()
    );
    let _ = writeln!(text, "\nstrategies");
    for known in STRATEGIES {
        let verdict = known.refusal(&python).map_or_else(
            || String::from("possible"),
            |why| format!("not possible: {why}"),
        );
        let _ = writeln!(text, "  {:<13} {verdict}", known.name());
    }
    let _ = writeln!(text, "\nauto takes {strategy}: {reason}");
    text
}

/// The routing table: method, path, function, <file:line>.
///
/// # Errors
///
/// As serving: the application can't be imported, or its routes clash.
pub fn routes(settings: &PoolSettings, as_json: bool) -> Result<String, ServeError> {
    let mut settings = settings.clone();
    settings.workload.serves = false;
    let interpreters = Interpreters::start(&settings)?;
    let table = interpreters.pool.registered.table.clone();
    interpreters.end();
    Router::new(&table)?;
    Ok(if as_json {
        routes_json(&table)
    } else {
        routes_text(&table)
    })
}

/// One row for each method of each route.
fn rows(table: &[Arc<RouteInfo>]) -> impl Iterator<Item = (&str, &RouteInfo)> {
    table.iter().flat_map(|route| {
        let names = route.method_names();
        names.map(move |method| (method, route.as_ref()))
    })
}

fn routes_json(table: &[Arc<RouteInfo>]) -> String {
    let rows = rows(table).map(|(method, route)| {
        json!({
            "method": method,
            "path": route.path,
            "function": route.source.function,
            "file": route.source.file,
            "line": route.source.line,
            "async": route.is_async,
        })
    });
    format!("{:#}\n", Value::Array(rows.collect()))
}

fn routes_text(table: &[Arc<RouteInfo>]) -> String {
    let width = |length: fn(&(&str, &RouteInfo)) -> usize| {
        rows(table).map(|row| length(&row)).max().unwrap_or(0)
    };
    let methods = width(|(method, _)| method.len());
    let paths = width(|(_, route)| route.path.len());
    let functions = width(|(_, route)| route.source.function.len());
    let mut text = String::new();
    for (method, route) in rows(table) {
        let source = &route.source;
        let _ = writeln!(
            text,
            "{method:<methods$}  {:<paths$}  {:<functions$}  {}:{}",
            route.path, source.function, source.file, source.line
        );
    }
    text
}
