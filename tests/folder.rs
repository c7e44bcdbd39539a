//! A folder of a test's own.

use std::fs;
use std::path::PathBuf;

/// A folder that is gone when the test is over.
#[derive(Debug)]
pub struct Folder(pub PathBuf);

impl Folder {
    /// Makes a folder; the name is the test's own among those of its binary.
    pub fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("stagecheck-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("the temporary folder can be written to");
        Folder(path)
    }

    /// The path of something in it.
    pub fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("the temporary folder has a name in UTF-8").to_owned()
    }

    /// Writes a file, and tells its path.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).expect("the temporary folder can be written to");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
