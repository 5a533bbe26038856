//! The committed inputs, once through the checks of their targets: what was found stays mended, without a fuzzer.

use std::fs;
use std::path::Path;

use coachwhip_fuzz::frames::Frames;
use coachwhip_fuzz::script::Script;
use coachwhip_fuzz::{configuration, exchange, framing, http2, running};

fn for_each_seed(target: &str, mut check: impl FnMut(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("seeds")
        .join(target);
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("seeds") {
        let path = entry.expect("a file").path();
        println!("{}", path.display());
        check(&fs::read(path).expect("a file"));
        count += 1;
    }
    assert!(count > 0, "no seeds of {target}");
}

#[test]
fn framing_reads_as_the_reference_does() {
    for_each_seed("framing", |input| framing::check(&Script::read(input)));
    for_each_seed("connection", |input| framing::check(&Script::read(input)));
}

#[test]
fn connections_are_answered_as_expected() {
    for_each_seed("connection", |input| {
        exchange::check(&Script::read(input), running::connect())
    });
    for_each_seed("framing", |input| {
        exchange::check(&Script::read(input), running::connect())
    });
    for_each_seed("http2", |input| {
        http2::check(&Frames::read(input), running::connect())
    });
}

#[test]
fn configurations_are_refused_or_survive() {
    let folder = configuration::make_folder();
    for_each_seed("configuration", |input| {
        configuration::check(input, &folder)
    });
    fs::remove_dir_all(folder).expect("a folder");
}
