//! What the settings of CORS allow together.

use super::Scene;

/// Browsers refuse `*` with credentials, so the server would answer in vain.
#[test]
fn everything_together_with_credentials_is_refused() {
    let rest = " is not allowed; expected no \"*\" together with cors_credentials = true, which browsers refuse: ";
    for name in ["origins", "methods", "headers", "expose-headers"] {
        let (option, key) = (
            format!("--cors-{name}"),
            format!("cors_{}", name.replace('-', "_")),
        );
        let args = [option.as_str(), "*", "--cors-credentials"];
        let message = Scene::new().message(&args);
        assert!(
            message.starts_with(&format!("{option}: {key} = *{rest}")),
            "{message}"
        );
        assert!(
            Scene::new()
                .config(&args[..2])
                .to_toml()
                .contains(&format!("{key} = [\"*\"]"))
        );
    }
    let message = Scene::with_file("[server]\ncors_credentials = true\ncors_origins = [\"*\"]\n")
        .message(&[]);
    assert!(
        message.starts_with(&format!(
            "config/default.toml:3: cors_origins = [\"*\"]{rest}"
        )),
        "{message}"
    );
    // Alone it stands for everything, beside others for nothing.
    let args = [
        "--cors-origins",
        "*",
        "--cors-origins",
        "https://example.org",
    ];
    let message = Scene::new().message(&args);
    assert!(
        message.contains("cors_origins = * is not allowed"),
        "{message}"
    );
}
