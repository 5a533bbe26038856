//! Passes on which Python is embedded: `cfg(Py_3_13)` and the like, and where the tests find it and its library.

fn main() {
    pyo3_build_config::use_pyo3_cfgs();
    pyo3_build_config::add_libpython_rpath_link_args();
    let executable = pyo3_build_config::get().executable();
    println!(
        "cargo:rustc-env=COACHWHIP_BUILD_PYTHON={}",
        executable.unwrap_or_default()
    );
}
