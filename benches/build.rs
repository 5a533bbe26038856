//! Links the embedded Python's library by its path: the benches run the server's real parts.

fn main() {
    pyo3_build_config::add_libpython_rpath_link_args();
}
