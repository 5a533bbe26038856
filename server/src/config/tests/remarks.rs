//! What is passed over: variables that orchestrators or slips have made, and files of others.

use super::Scene;

#[test]
fn unknown_variables_are_passed_over_and_told_with_the_nearest() {
    for (variable, told) in [
        (
            "COACHWHIP_WORKER",
            "COACHWHIP_WORKER: no such variable, so it is passed over; did you mean COACHWHIP_WORKERS?",
        ),
        (
            "COACHWHIP_COLOURS",
            "COACHWHIP_COLOURS: no such variable, so it is passed over; \
             `coachwhip --help` lists every option and how keys and variables follow from them",
        ),
        // No URL of an orchestrator's, so somebody means something by it.
        (
            "COACHWHIP_PORT",
            "COACHWHIP_PORT: no such variable, so it is passed over; \
             `coachwhip --help` lists every option and how keys and variables follow from them",
        ),
    ] {
        let scene = Scene::new().with_variable(variable, "8080");
        assert_eq!(scene.remarks(), [told]);
        assert_eq!(scene.config(&[]).workers, Scene::new().config(&[]).workers);
    }
}

#[test]
fn what_orchestrators_make_of_a_service_of_our_name_is_known() {
    let kubernetes = [
        ("SERVICE_HOST", "10.0.0.1"),
        ("SERVICE_PORT", "80"),
        ("SERVICE_PORT_HTTP", "80"),
        ("SERVICE_PORT_METRICS_V2", "9100"),
        ("PORT", "tcp://10.0.0.1:80"),
        ("PORT_80_TCP", "tcp://10.0.0.1:80"),
        ("PORT_80_TCP_PROTO", "tcp"),
        ("PORT_80_TCP_PORT", "80"),
        ("PORT_80_TCP_ADDR", "10.0.0.1"),
        ("PORT_53_UDP", "udp://10.0.0.1:53"),
    ];
    let docker = [
        ("NAME", "/web/coachwhip"),
        ("ENV_PYTHON_VERSION", "3.13.0"),
        ("ENV_WORKERS", "x"),
    ];
    for service in ["COACHWHIP_", "COACHWHIP_WEB_", "COACHWHIP_MAX_BODY_"] {
        let mut scene = Scene::new();
        for (name, value) in kubernetes.iter().chain(&docker) {
            scene = scene.with_variable(&format!("{service}{name}"), *value);
        }
        assert_eq!(scene.remarks(), [""; 0], "{service}");
    }
    for near in [
        "COACHWHIP_PORT_80",
        "COACHWHIP_PORT_HTTP_TCP",
        "COACHWHIP_PORT__TCP",
        "COACHWHIP_MYSERVICE_HOSTS",
        "COACHWHIP_NAME",
    ] {
        let scene = Scene::new().with_variable(near, "1");
        assert_eq!(scene.remarks().len(), 1, "{near}");
    }
}

/// One that is ours is read, whoever has set it.
#[test]
fn a_known_variable_with_a_wrong_value_is_refused() {
    let scene = Scene::new()
        .with_variable("COACHWHIP_WROKERS", "4")
        .with_variable("COACHWHIP_WORKERS", "tcp://10.0.0.1:80");
    let message = scene.message(&[]);
    assert!(
        message.starts_with("COACHWHIP_WORKERS: workers = tcp://10.0.0.1:80 is not allowed"),
        "{message}"
    );
}

#[test]
fn a_file_without_a_table_of_ours_is_passed_over_and_told() {
    for (text, hint) in [
        ("[database]\nurl = \"x\"\n", "--config names"),
        ("debug = true\n", "--config names"),
        ("workers = 4\n", "--config names"),
        ("[sever]\nworkers = 4\n", "did you mean [server]?"),
        ("[[statics]]\nmount = \"/\"\n", "did you mean [[static]]?"),
        ("key: [yaml\n", "--config names"),
        ("= = =\n[servers.a]\n", "did you mean [server]?"),
    ] {
        let scene = Scene::with_file(text);
        let [told] = &scene.remarks()[..] else {
            panic!("{text:?}: {:?}", scene.remarks());
        };
        let begin =
            "config/default.toml: it has neither [server] nor [[static]], so it is passed over; ";
        assert!(told.starts_with(begin) && told.contains(hint), "{told}");
        assert_eq!(
            scene.config(&[]).workers,
            Scene::new().config(&[]).workers,
            "{text:?}"
        );
        // Who names a file means it.
        assert!(
            scene.load(&["--config", "config/default.toml"]).is_err(),
            "{text:?}"
        );
    }
    let scene = Scene::new();
    let folder = scene.directory.path().join("config");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("default.toml"), b"\xff\xfe[server]").unwrap();
    assert_eq!(scene.remarks().len(), 1);
}

#[test]
fn a_file_that_is_ours_or_empty_is_not_remarked_on() {
    for text in [
        "",
        "# nothing\n",
        "[server]\nworkers = 2\n",
        "server.workers = 2\n",
    ] {
        assert_eq!(Scene::with_file(text).remarks(), [""; 0], "{text:?}");
    }
    for text in [
        "[server\n",
        "[server]\n= 1\n",
        "server.workers = = 2\n",
        "[[static]\n",
    ] {
        let message = Scene::with_file(text).message(&[]);
        assert!(message.starts_with("config/default.toml:"), "{message}");
    }
}
