//! What path leads to what file, and that none leads out.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::Folder;
use crate::support::{Answer, Call, Server};

/// The answer to a target that is sent as it is.
fn get(server: &Server, target: &str) -> Answer {
    server.get(target)
}

#[test]
fn each_path_leads_to_its_file_or_nowhere() {
    let folder = Folder::new();
    folder.write("public/größe, 100 %.txt", "odd");
    folder.write("public/.env", "hidden");
    folder.write("public/.git/config", "hidden");
    folder.write("public/.well-known/security.txt", "known");
    folder.write("public/back\\slash.txt", "odd");
    folder.write("public/..double", "odd");
    let server = folder.serve();
    for (target, status, body) in [
        ("/assets/digits.txt", 200, "0123456789"),
        ("/assets/digits.txt?version=2", 200, "0123456789"),
        ("/assets/%64igits%2Etxt", 200, "0123456789"),
        ("/%61ssets/digits.txt", 200, "0123456789"),
        ("/assets/gr%C3%B6%C3%9Fe,%20100%20%25.txt", 200, "odd"),
        ("/assets/", 200, "<p>assets</p>"),
        ("/assets/index.html", 200, "<p>assets</p>"),
        ("/assets/with%20index/", 200, "<p>index</p>"),
        ("/assets/deep/er/page.html", 200, "<p>deep</p>"),
        ("/assets/.well-known/security.txt", 200, "known"),
        ("/plain.txt", 200, "of the site"),
        // Not there, or no file.
        ("/assets/gone.txt", 404, ""),
        ("/assets/digits.txt/", 404, ""),
        ("/assets/digits.txt/more", 404, ""),
        ("/assets/deep", 404, ""),
        ("/assets/deep/", 404, ""),
        ("/assets/DIGITS.TXT", 404, ""),
        ("/assetsdigits.txt", 404, ""),
        // Ways out.
        ("/assets/../outside/secret.txt", 404, ""),
        ("/assets/%2e%2e/outside/secret.txt", 404, ""),
        ("/assets/.%2E/outside/secret.txt", 404, ""),
        ("/assets/..%2foutside/secret.txt", 404, ""),
        ("/assets/%2e%2e%2foutside%2fsecret.txt", 404, ""),
        ("/assets/..%5coutside%5csecret.txt", 404, ""),
        ("/assets/..\\outside\\secret.txt", 404, ""),
        ("/assets/deep/../../outside/secret.txt", 404, ""),
        ("/assets/deep/../digits.txt", 404, ""),
        ("/assets/%252e%252e/outside/secret.txt", 404, ""),
        ("/assets//etc/passwd", 404, ""),
        ("/assets/%2Fetc/passwd", 404, ""),
        ("/assets/%2fetc%2fpasswd", 404, ""),
        ("//etc/passwd", 404, ""),
        ("/..%2fetc/passwd/x", 404, ""),
        ("/%2e%2e/outside/secret.txt", 404, ""),
        // Other spellings of what is there.
        ("/assets/./digits.txt", 404, ""),
        ("/assets//digits.txt", 404, ""),
        ("/assets/deep%2fer/page.html", 404, ""),
        ("/assets%2fdigits.txt", 404, ""),
        ("/assets/back%5cslash.txt", 404, ""),
        ("/assets/digits.txt%00", 404, ""),
        ("/assets/digits.txt%00.html", 404, ""),
        ("/assets/%ff", 400, ""),
        ("/assets/%c0%ae%c0%ae/outside/secret.txt", 400, ""),
        // What begins with a dot.
        ("/assets/.env", 404, ""),
        ("/assets/%2eenv", 404, ""),
        ("/assets/.git/config", 404, ""),
        ("/assets/..double", 404, ""),
    ] {
        let answer = get(&server, target);
        assert_eq!(answer.status, status, "{target}: {}", answer.text());
        assert!(status != 200 || answer.text() == body, "{target}");
        assert!(!answer.text().contains("secret"), "{target}");
    }
    let long = format!("/assets/{}", "a".repeat(300));
    get(&server, &long).expect(404);
    let deep = format!("/assets{}", "/a".repeat(3000));
    get(&server, &deep).expect(404);
}

#[test]
fn links_lead_anywhere_inside_and_nowhere_else() {
    let folder = Folder::new();
    let link = |target: &str, name: &str| symlink(target, folder.path(name)).expect("a link");
    let absolute = |name: &str| folder.path(name).display().to_string();
    link("digits.txt", "public/inside.txt");
    link("../../digits.txt", "public/deep/er/up.txt");
    link(&absolute("public/digits.txt"), "public/absolute.txt");
    link("deep", "public/folder");
    link("../outside/secret.txt", "public/out.txt");
    link(&absolute("outside/secret.txt"), "public/out-absolute.txt");
    link("../outside", "public/out");
    link("/", "public/root");
    link("out.txt", "public/out-twice.txt");
    link("gone", "public/dangling");
    link("loop", "public/loop");
    link("/dev/zero", "public/zero");
    link("/proc/self/environ", "public/environ");
    let twin = folder.write("public-twin/secret.txt", "secret");
    link(&twin.display().to_string(), "public/twin.txt");
    let server = folder.serve();
    for (target, body) in [
        ("/assets/inside.txt", "0123456789"),
        ("/assets/deep/er/up.txt", "0123456789"),
        ("/assets/absolute.txt", "0123456789"),
        ("/assets/folder/er/page.html", "<p>deep</p>"),
    ] {
        assert_eq!(get(&server, target).expect(200).text(), body, "{target}");
    }
    for name in [
        "out.txt",
        "out-absolute.txt",
        "out/secret.txt",
        "out/",
        "root/etc/passwd",
        "out-twice.txt",
        "dangling",
        "loop",
        "zero",
        "environ",
        "twin.txt",
    ] {
        let answer = get(&server, &format!("/assets/{name}"));
        assert_eq!(answer.status, 404, "{name}: {}", answer.text());
    }
}

/// Opening a pipe for reading waits for its writer, and none comes.
#[test]
fn what_is_no_regular_file_is_not_opened() {
    let folder = Folder::new();
    let mode = Mode::from_raw_mode(0o644);
    mknodat(CWD, folder.path("public/pipe"), FileType::Fifo, mode, 0).expect("a pipe");
    let _socket = UnixListener::bind(folder.path("public/socket")).expect("a socket");
    fs::create_dir(folder.path("public/odd")).expect("a folder");
    fs::create_dir(folder.path("public/odd/index.html")).expect("a folder");
    let server = folder.serve();
    for name in ["pipe", "socket", "odd/", "odd", "odd/index.html"] {
        get(&server, &format!("/assets/{name}")).expect(404);
    }
}

#[test]
fn a_folder_without_its_slash_is_redirected_to_its_index() {
    let folder = Folder::new();
    folder.write("site/sub/index.html", "<p>sub</p>");
    let server = folder.serve();
    for (target, location) in [
        ("/assets", "/assets/"),
        ("/assets?a=b&c", "/assets/?a=b&c"),
        ("/assets/with%20index", "/assets/with%20index/"),
        ("/sub", "/sub/"),
    ] {
        let answer = get(&server, target).expect(307);
        assert_eq!(answer.header("location"), Some(location), "{target}");
        assert_eq!(answer.header("server"), Some("coachwhip"));
        get(&server, location).expect(200);
    }
    // Redirected, this would lead to a host of that name.
    get(&server, "//sub").expect(404);
}

#[test]
fn routes_and_mounts_go_by_who_is_nearer() {
    let folder = Folder::new();
    folder.write("public/of/a/route", "not this");
    folder.write("site/form", "not this");
    folder.write("site/other/name", "not this");
    folder.write("site/index.html", "not this");
    let server = folder.serve();
    for (target, body) in [
        ("/", "the route of /"),
        ("/assets/of/a/route", "nearer than the mount"),
        ("/assets/digits.txt", "0123456789"),
        ("/other/name", "farther than the mount: other name"),
        ("/plain.txt", "of the site"),
    ] {
        assert_eq!(get(&server, target).expect(200).text(), body, "{target}");
    }
    // A path that has a route is the route's, with every method.
    assert_eq!(
        get(&server, "/form").expect(405).allowed(),
        ["OPTIONS", "POST"]
    );
}

#[test]
fn files_are_read_alone() {
    let folder = Folder::new();
    let server = folder.serve();
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"] {
        let answer = server.call(&Call::new(method, "/assets/digits.txt"));
        assert_eq!(answer.expect(405).allowed(), ["GET", "HEAD", "OPTIONS"]);
    }
    let answer = server.call(&Call::new("OPTIONS", "/assets/digits.txt"));
    assert_eq!(answer.expect(204).allowed(), ["GET", "HEAD", "OPTIONS"]);
}

#[test]
fn a_folder_may_be_replaced_while_the_server_runs() {
    let folder = Folder::new();
    let server = folder.serve();
    get(&server, "/assets/digits.txt").expect(200);
    fs::rename(folder.path("public"), folder.path("former")).expect("a folder");
    get(&server, "/assets/digits.txt").expect(404);
    folder.write("public/digits.txt", "anew");
    let text = || get(&server, "/assets/digits.txt").expect(200).text();
    assert_eq!(text(), "anew");
    for release in ["first", "second"] {
        folder.write(&format!("{release}/digits.txt"), release);
        let _ = fs::remove_dir_all(folder.path("public"))
            .or_else(|_| fs::remove_file(folder.path("public")));
        symlink(release, folder.path("public")).expect("a link");
        assert_eq!(text(), release);
    }
}
