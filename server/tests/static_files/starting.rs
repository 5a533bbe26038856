//! Mounts that can't be served are said at the start; the effective configuration holds those that can.

use crate::Folder;
use crate::support::{Ended, Launch, handlers};

fn refused(folder: &Folder, app: &str, parts: &[&str]) {
    let launch = Launch::bare()
        .directory(folder.0.path())
        .args(["--bind", "127.0.0.1:0", "--config", "mounts.toml"])
        .args(["--pythonpath"])
        .args([handlers()])
        .args([app]);
    let Ended {
        code,
        stdout,
        stderr,
    } = launch.run();
    assert_eq!((code, &*stdout), (Some(2), ""), "stderr:\n{stderr}");
    for part in parts {
        assert!(stderr.contains(part), "no {part:?} in stderr:\n{stderr}");
    }
}

#[test]
fn a_bad_table_exits_2_with_its_line() {
    let folder = Folder::new();
    for (text, parts) in [
        (
            "\n[[static]]\nmount = \"/a\"\ndir = \"gone\"\n",
            ["mounts.toml:4: dir = \"gone\"", "a directory that exists"],
        ),
        (
            "\n[[static]]\nmount = \"a\"\ndir = \"public\"\n",
            ["mounts.toml:3: mount = \"a\"", "begins with /"],
        ),
        (
            "[[static]]\nmount = \"/a\"\n",
            ["mounts.toml:1: [[static]] has no dir", "dir = \"public\""],
        ),
    ] {
        folder.write("mounts.toml", text);
        refused(&folder, "static_files", &parts);
    }
}

#[test]
fn a_mount_that_a_route_clashes_with_exits_2_with_both() {
    let folder = Folder::new();
    let table = |mount: &str| format!("[[static]]\nmount = \"{mount}\"\ndir = \"public\"\n");
    folder.write("mounts.toml", table("/users"));
    let parts = [
        "mounts.toml:2: mount = \"/users\" is not allowed",
        "/users/{id}",
        "routing.user",
        "routing.py:",
    ];
    refused(&folder, "behaviour", &parts);
}

#[test]
fn the_effective_configuration_can_be_read_back() {
    let folder = Folder::new();
    let told = |config: &str| {
        let launch = Launch::bare().directory(folder.0.path());
        let ended = launch.args(["config", "--config", config]).run();
        assert_eq!(ended.code, Some(0), "stderr:\n{}", ended.stderr);
        ended.stdout
    };
    let effective = told("mounts.toml");
    let dir = folder.path("public").display().to_string();
    let table = format!("[[static]]\nmount = \"/assets\"\ndir = \"{dir}\"\n");
    assert!(effective.contains(&table), "{effective}");
    folder.write("effective.toml", &effective);
    assert_eq!(told("effective.toml"), effective);
}
