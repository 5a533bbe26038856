//! What an operator reads of a table `[[static]]`.

use super::Scene;

fn in_file(toml: &str) -> String {
    Scene::with_file(toml).message(&[])
}

#[test]
fn static_table_is_refused_with_line_key_and_value() {
    let allowed = "a path that begins with / and has no empty, . or .. segment and none of { } % ? # \\, such as \"/assets\"";
    let refused = |value: &str| {
        format!("config/default.toml:2: mount = {value} is not allowed; expected {allowed}")
    };
    for mount in [
        "\"assets\"",
        "\"\"",
        "\"//\"",
        "\"/a//b\"",
        "\"/a/../b\"",
        "\"/.\"",
        "\"/a/{x}\"",
        "\"/a%20b\"",
        "\"/a?b\"",
        "\"/a#b\"",
        "'/a\\b'",
        "1",
        "[\"/a\"]",
    ] {
        let toml = format!("[[static]]\nmount = {mount}\ndir = \".\"\n");
        assert_eq!(in_file(&toml), refused(mount));
    }
    for dir in ["\"gone\"", "\"\"", "\"config/default.toml\"", "3"] {
        let toml = format!("[[static]]\nmount = \"/a\"\ndir = {dir}\n");
        assert_eq!(
            in_file(&toml),
            format!(
                "config/default.toml:3: dir = {dir} is not allowed; expected a directory that exists"
            )
        );
    }
}

#[test]
fn static_tables_are_refused_as_a_whole() {
    let table = "[[static]]\nmount = \"/a\"\ndir = \".\"\n";
    for (toml, message) in [
        (
            format!("{table}\n[[static]]\nmount = \"/a/\"\ndir = \".\"\n"),
            "6: mount = \"/a/\" is not allowed; expected a mount of its own: config/default.toml:2 has the same",
        ),
        (
            String::from("\n[[static]]\ndir = \".\"\n"),
            "2: [[static]] has no mount; expected mount = \"/assets\" and dir = \"public\", for example",
        ),
        (
            String::from("[[static]]\nmount = \"/a\"\n"),
            "1: [[static]] has no dir; expected mount = \"/assets\" and dir = \"public\", for example",
        ),
        (
            format!("{table}path = \"b\"\n"),
            "4: path: no such key; a table [[static]] has mount, dir and cache_control",
        ),
        (
            format!("{table}mounts = \"b\"\n"),
            "4: mounts: no such key; did you mean mount?",
        ),
        (
            String::from("[static]\nmount = \"/a\"\n"),
            "1: static = [static] is not allowed; expected tables, each headed by [[static]]",
        ),
        (
            String::from("static = [\"/a\"]\n"),
            "1: static = \"/a\" is not allowed; expected tables, each headed by [[static]]",
        ),
        (
            String::from("[server]\n[[statics]]\nmount = \"/a\"\n"),
            "2: statics: no such table; did you mean static?",
        ),
    ] {
        assert_eq!(in_file(&toml), format!("config/default.toml:{message}"));
    }
}

#[test]
fn cache_control_is_the_value_of_a_header_field() {
    let table = "[[static]]\nmount = \"/a\"\ndir = \".\"\n";
    for value in ["\"\"", "\" \"", "\"a\\nb\"", "\"max-agé\"", "60", "true"] {
        assert_eq!(
            in_file(&format!("{table}cache_control = {value}\n")),
            format!(
                "config/default.toml:4: cache_control = {value} is not allowed; expected the value of a header field, such as \"max-age=3600\""
            )
        );
    }
}
