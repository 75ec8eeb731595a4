//! Canaries: values that must be nowhere, and a search for them in all that a daemon keeps and shows.

use std::fs;
use std::path::Path;

/// What is searched for.
pub struct Birds {
    parts: Vec<Vec<u8>>,
}

impl Birds {
    /// Each part alone is a find.
    pub fn new(parts: impl IntoIterator<Item: AsRef<[u8]>>) -> Birds {
        let parts = parts.into_iter().map(|part| part.as_ref().to_vec());
        Birds {
            parts: parts.collect(),
        }
    }

    /// Which bird is in there, if one is.
    pub fn find(&self, bytes: &[u8]) -> Option<String> {
        let holds = |part: &&Vec<u8>| bytes.windows(part.len()).any(|window| window == part.as_slice());
        let found = self.parts.iter().find(holds)?;
        Some(String::from_utf8_lossy(found).into_owned())
    }

    /// Searches the name and the content of every file below a folder; how many there were.
    ///
    /// # Panics
    /// When a bird is in one.
    pub fn search(&self, folder: &Path) -> u64 {
        let mut searched = 0;
        for entry in fs::read_dir(folder).expect("a folder of the daemon") {
            let path = entry.expect("an entry").path();
            let name = path.to_string_lossy().into_owned();
            assert_eq!(self.find(name.as_bytes()), None, "{name}");
            let about = fs::symlink_metadata(&path).expect("nobody works here any more");
            if about.is_dir() {
                searched += self.search(&path);
            } else if about.is_file() {
                let bytes = fs::read(&path).expect("a file of the daemon");
                assert_eq!(self.find(&bytes), None, "{name}");
                searched += 1;
            }
        }
        searched
    }

    /// Searches what every process shows to others: its words, and its environment if it works below `folder`.
    /// How many do.
    ///
    /// # Panics
    /// When a bird is in one.
    pub fn processes(&self, folder: &Path) -> usize {
        let mut workers = 0;
        let own = std::process::id().to_string();
        for entry in fs::read_dir("/proc")
            .expect("Linux shows its processes")
            .flatten()
        {
            let pid = entry.file_name().to_string_lossy().into_owned();
            if pid == own || pid.parse::<u32>().is_err() {
                continue;
            }
            let read = |name: &str| fs::read(entry.path().join(name)).unwrap_or_default();
            let words = read("cmdline");
            assert_eq!(self.find(&words), None, "{}", String::from_utf8_lossy(&words));
            let place = fs::read_link(entry.path().join("cwd")).unwrap_or_default();
            if place.starts_with(folder) {
                let shown = read("environ");
                assert_eq!(self.find(&shown), None, "{}", String::from_utf8_lossy(&shown));
                workers += 1;
            }
        }
        workers
    }
}
