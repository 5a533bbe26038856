//! Files below mounts: what is served, what is not, and how.

#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each test file uses its own part"
)]
mod support;

/// The promises, one file a topic.
mod static_files {
    mod conditions;
    mod paths;
    mod sending;
    mod starting;
}

use std::fs;
use std::path::{Path, PathBuf};

use support::{Launch, Server, handlers};
use tempfile::TempDir;

/// The digits from 0 to 9, as `/assets/digits.txt`.
const DIGITS: &str = "0123456789";

/// A working directory: `public` is mounted at `/assets`, `site` at `/`, and `outside` is not to be seen.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(TempDir::new().expect("a temporary folder"));
        folder.write("public/digits.txt", DIGITS);
        folder.write("public/index.html", "<p>assets</p>");
        folder.write("public/deep/er/page.html", "<p>deep</p>");
        folder.write("public/with index/index.html", "<p>index</p>");
        folder.write("site/plain.txt", "of the site");
        folder.write("outside/secret.txt", "secret");
        folder.write(
            "mounts.toml",
            "[[static]]\nmount = \"/assets\"\ndir = \"public\"\n\n[[static]]\nmount = \"/\"\ndir = \"site\"\n",
        );
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file, and the folders above it.
    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        let parent: &Path = path.parent().expect("below the folder");
        fs::create_dir_all(parent).expect("a folder");
        fs::write(&path, content).expect("a file");
        path
    }

    fn launch(&self) -> Launch {
        Launch::bare()
            .directory(self.0.path())
            .args(["--bind", "127.0.0.1:0", "--config", "mounts.toml"])
            .args(["--workers", "1", "--pythonpath"])
            .args([handlers()])
            .args(["static_files"])
    }

    fn serve(&self) -> Server {
        self.launch().start()
    }
}
