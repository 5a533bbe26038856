//! The table `[errors]`, which stands for one setting.

use native_types::problem::ErrorFormat;

use super::Scene;

#[test]
fn errors_table_is_the_setting() {
    let scene = Scene::with_file("[errors]\nformat = \"json\"\n\n[server]\nworkers = 2\n");
    assert_eq!(scene.config(&[]).error_format, ErrorFormat::Json);
    let text = scene.config(&["--error-format", "text"]);
    assert_eq!(text.error_format, ErrorFormat::Text);
    let empty = Scene::with_file("[errors]\n").config(&[]);
    assert_eq!(empty.error_format, ErrorFormat::Text);
}

#[test]
fn errors_table_is_refused_with_line_key_and_value() {
    for (toml, message) in [
        (
            "[errors]\nformat = \"xml\"\n",
            "2: error_format = \"xml\" is not allowed; expected \"text\" or \"json\"",
        ),
        (
            "[errors]\nformats = \"json\"\n",
            "2: formats: no such key; did you mean format?",
        ),
        (
            "[errors]\nstyle = \"json\"\n",
            "2: style: no such key; the table [errors] has format",
        ),
        (
            "errors = \"json\"\n",
            "1: errors = \"json\" is not allowed; expected the table [errors]",
        ),
        (
            "[server]\nerror_format = \"text\"\n\n[errors]\nformat = \"json\"\n",
            "5: [errors] format = \"json\" is not allowed; expected one of both: config/default.toml:2 has error_format",
        ),
    ] {
        let expected = format!("config/default.toml:{message}");
        assert_eq!(Scene::with_file(toml).message(&[]), expected);
    }
}
