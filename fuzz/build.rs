//! Links the embedded Python's library by its path.

fn main() {
    pyo3_build_config::add_libpython_rpath_link_args();
}
