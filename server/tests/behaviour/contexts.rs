//! Context variables: one context for all of a request, which no other one sees; and what else one handler may leave to the
//! next. The handlers stand in `handlers/contexts.py`.

use serde_json::{Value, json};

use crate::support::socket::SocketClient;
use crate::support::{Call, Connection, Launch, Mode, Server, eventually};

/// Of what kind the functions around the handlers are.
const HOOKS: [&str; 3] = ["none", "sync", "async"];

/// What sets every variable, and how it is answered.
const USES: [(&str, u16); 6] = [
    ("sync", 200),
    ("async", 200),
    ("coroutine", 200),
    ("raises", 500),
    ("streamed", 200),
    ("streamed-async", 200),
];

fn launch(mode: Mode, hooks: &str, workers: &str) -> Server {
    Launch::under(mode, "contexts")
        .args(["--workers", workers])
        .env("CONTEXTS_HOOKS", hooks)
        .start()
}

fn get(connection: &mut Connection, target: &str) -> Value {
    connection.call(&Call::get(target)).expect(200).json()
}

/// What a handler sees where no other request has left anything.
fn fresh() -> Value {
    json!(["nobody", 28, "yes", "after yes"])
}

pub(crate) fn are_seen_by_no_other_request(mode: Mode) {
    for hooks in HOOKS {
        let server = launch(mode, hooks, "1");
        let mut connection = server.connect();
        // Before the worker has a loop, and when it has one.
        for target in ["/sync/see", "/sync/use/early", "/sync/see", "/async/see"] {
            assert_eq!(get(&mut connection, target), fresh(), "{hooks} {target}");
        }
        for (kind, status) in USES {
            let status = if kind == "raises" && hooks != "none" {
                200
            } else {
                status
            };
            for _ in 0..3 {
                let target = format!("/{kind}/use/mallory");
                connection.call(&Call::get(&target)).expect(status);
                for target in ["/sync/see", "/async/see"] {
                    let seen = get(&mut connection, target);
                    assert_eq!(seen, fresh(), "{hooks}: {target} after {kind}");
                }
            }
        }
        for _ in 0..2 {
            let mut socket = SocketClient::open(&server, "/socket/mallory");
            assert_eq!(socket.receive_text(), "nobody yes", "{hooks}");
            // While it is open.
            assert_eq!(get(&mut connection, "/sync/see"), fresh(), "{hooks}");
            socket.send("go on");
            socket.receive_text();
            assert_eq!(get(&mut connection, "/async/see"), fresh(), "{hooks}");
        }
    }
}

pub(crate) fn are_shared_by_all_of_one_request(mode: Mode) {
    for hooks in ["sync", "async"] {
        let server = launch(mode, hooks, "1");
        let mut connection = server.connect();
        for (kind, _) in USES {
            let target = format!("/{kind}/use/alice?trace={kind}");
            let answer = connection.call(&Call::get(&target)).expect(200);
            let (all, body) = (format!("{kind} alice"), answer.text());
            assert_eq!(answer.header("x-context"), Some(&*all), "{hooks} {target}");
            match kind {
                "raises" => assert_eq!(body, all, "{hooks}"),
                "streamed" | "streamed-async" => {
                    assert_eq!(body, format!("{all}, alice on"), "{hooks}");
                }
                _ => assert_eq!(answer.json(), fresh(), "{hooks} {target}"),
            }
        }
        let mut socket = SocketClient::open(&server, "/socket/alice?trace=socket");
        assert_eq!(socket.receive_text(), "nobody yes", "{hooks}");
        socket.send("go on");
        assert_eq!(socket.receive_text(), "socket alice", "{hooks}");
    }
}

pub(crate) fn hold_what_start_up_has_set(mode: Mode) {
    let server = launch(mode, "none", "2");
    // So many at once that both workers have some.
    let mut connections: Vec<_> = (0..16).map(|_| server.connect()).collect();
    for target in ["/async/see", "/async/use/mallory", "/sync/see"] {
        for connection in &mut connections {
            connection.send(Call::get(target).bytes());
        }
        for connection in &mut connections {
            assert_eq!(connection.read().expect(200).json(), fresh(), "{target}");
        }
    }
    drop(connections);
    // A token that start-up has kept holds in the shutdown hooks.
    let ended = server.stop();
    let resets = ended.stdout.matches("reset no after yes").count();
    assert_eq!(resets, mode.strategy.interpreters(2), "{}", ended.stdout);
}

pub(crate) fn stay_with_who_keeps_them(mode: Mode) {
    for hooks in ["none", "sync"] {
        let server = launch(mode, hooks, "1");
        let mut connection = server.connect();
        for name in ["alice", "bob"] {
            assert_eq!(get(&mut connection, &format!("/keep/{name}")), fresh());
            get(&mut connection, "/sync/use/mallory");
            let kept = get(&mut connection, "/kept");
            // A generator runs in the context of who calls it, as anywhere in Python.
            let expected = json!(["ValueError", name, "nobody", "nobody"]);
            assert_eq!(kept, expected, "{hooks}");
        }
        connection.call(&Call::get("/later/carol")).expect(200);
        get(&mut connection, "/async/use/mallory");
        eventually("what runs after the answer", || {
            let notes = get(&mut connection, "/notes");
            let mut notes: Vec<String> = serde_json::from_value(notes).expect("texts");
            notes.sort();
            (notes == ["callback carol", "task carol", "thread carol"]).then_some(())
        });
    }
}

pub(crate) fn go_with_exceptions_tasks_and_depth(mode: Mode) {
    for hooks in HOOKS {
        let server = launch(mode, hooks, "1");
        let mut connection = server.connect();
        let before = get(&mut connection, "/sync/state");
        assert_eq!(before["exc_info"], json!([]), "{hooks}");
        for prefix in ["/sync", "/async"] {
            for what in ["error", "recursion"] {
                let target = format!("{prefix}/leave/{what}");
                connection.call(&Call::get(&target)).expect(500);
                let after = get(&mut connection, "/sync/state");
                assert_eq!(after["exc_info"], json!([]), "{hooks} after {target}");
                if hooks != "async" {
                    assert_eq!(after["task"], json!(null), "{hooks} after {target}");
                }
                let depth = |state: &Value| state["depth"].as_i64().expect("a number");
                // The loop's own calls stand below a handler that runs in it.
                let lost = depth(&before) - depth(&after);
                assert!((-20..20).contains(&lost), "{hooks} {target}: {lost}");
            }
        }
        let mut waiting = server.connect();
        waiting.send(Call::get("/async/wait").bytes());
        for _ in 0..5 {
            let state = get(&mut connection, "/sync/state");
            assert_eq!(state["exc_info"], json!([]), "{hooks}");
        }
        assert_eq!(waiting.read().expect(200).text(), "waited");
    }
}
