//! Modules that can't be served: files in their place, and those without routes.

use std::path::Path;

use crate::support::Launch;
use crate::{fails, possible};

#[test]
fn a_file_in_the_place_of_a_module_exits_2_naming_the_module() {
    let expected = "name the module: behaviour";
    fails(Launch::app("behaviour.py"), 2, &[expected]);
    fails(Launch::app("./behaviour.py"), 2, &[expected]);
    fails(
        Launch::bare().args(["routes", "/srv/shop/ops.py"]),
        2,
        &["name the module: ops, with --pythonpath /srv/shop"],
    );
}

#[test]
fn a_module_without_routes_exits_1_naming_what_was_probably_meant() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("a temporary file");
    };
    write("empty.py", "app = 3\n");
    write(
        "hooked.py",
        "from coachwhip import on_startup\non_startup(lambda: None)\n",
    );
    write(
        "wsgi.py",
        "def create_app(): ...\ndef application(environ, start): ...\n",
    );
    let launch = |app: &str| Launch::app(app).args([Path::new("--pythonpath"), folder.path()]);
    for strategy in possible() {
        let launch = |app: &str| launch(app).args(["--strategy", strategy]);
        for app in ["empty", "hooked"] {
            let told = format!("{app} registers no route, and no [[static]] is configured");
            fails(launch(app), 1, &[&told, "register handlers"]);
        }
        fails(
            launch("wsgi"),
            1,
            &[
                "wsgi registers no route",
                "wsgi:application was probably meant",
            ],
        );
    }
    // Files alone are something to serve.
    write("files.toml", "[[static]]\nmount = \"/\"\ndir = \".\"\n");
    let config = folder.path().join("files.toml");
    let server = launch("empty")
        .args([Path::new("--config"), &config])
        .directory(folder.path())
        .start();
    assert_eq!(server.get("/empty.py").expect(200).text(), "app = 3\n");
}
