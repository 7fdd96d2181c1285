//! The program as its users meet it: what it says, what it writes, and how it ends. Every test runs the real binary.

mod support;

#[path = "cli/bisect.rs"]
mod bisect;
#[path = "cli/desk.rs"]
mod desk;
#[path = "cli/drift.rs"]
mod drift;
#[path = "cli/drifted.rs"]
mod drifted;
#[path = "cli/errors.rs"]
mod errors;
#[path = "cli/frameworks.rs"]
mod frameworks;
#[path = "cli/help.rs"]
mod help;
#[path = "cli/jobs.rs"]
mod jobs;
#[path = "cli/live.rs"]
mod live;
#[path = "cli/look.rs"]
mod look;
#[path = "cli/many.rs"]
mod many;
#[path = "cli/merge.rs"]
mod merge;
#[path = "cli/notify.rs"]
mod notify;
#[path = "cli/offline.rs"]
mod offline;
#[path = "cli/plan.rs"]
mod plan;
#[path = "cli/resume.rs"]
mod resume;
#[path = "cli/schedule.rs"]
mod schedule;
#[path = "cli/seal.rs"]
mod seal;
#[path = "cli/since.rs"]
mod since;
#[path = "cli/steady.rs"]
mod steady;
#[path = "cli/store.rs"]
mod store;
#[path = "cli/verify.rs"]
mod verify;
#[path = "cli/waive.rs"]
mod waive;

use std::path::{Path, PathBuf};

use support::program::{Said, driftlead, said};
use support::world::{World, group, secret};

/// A folder that is gone after the test, in which the program runs.
struct Room(tempfile::TempDir);

impl Room {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder above")).expect("the folder above");
        std::fs::write(&path, text).expect("a file");
        path
    }

    fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, &[])
    }

    fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Said {
        said(driftlead(arguments).current_dir(self.path()).envs(variables.iter().copied()).output())
    }

    /// The names of what is there, sorted.
    fn files(&self) -> Vec<String> {
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("an entry").file_name().to_string_lossy().into_owned();
        let mut names: Vec<String> = std::fs::read_dir(self.path()).expect("the folder").map(name).collect();
        names.sort();
        names
    }

    /// A platform with something of everything in `world.db`: seven log groups that never expire and one that does, a secret that is
    /// to be rotated and is not, one that is, and keys whose rotation nobody was allowed to read.
    fn platform(&self) -> PathBuf {
        let mut rows = group("/good", 365);
        for i in 1..=7 {
            rows += &group(&format!("/app/{i}"), 0);
        }
        rows += &secret("payments", "2026-03-01T00:00:00Z");
        rows += &secret("search", "2026-11-01T00:00:00Z");
        World::new(&self.path().join("world.db")).rows(&rows).denied("aws_kms_key", "kms:ListKeys").save()
    }
}

/// That a run could not do what was asked: code 2, nothing on standard output, and a message with all of these words.
fn fails(ran: &Said, words: &[&str]) {
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.out.is_empty(), "{ran:?}");
    for word in words {
        assert!(ran.err.contains(word), "`{word}` is not in: {}", ran.err);
    }
    assert!(!ran.err.contains("panicked") && !ran.err.contains("Error code"), "{}", ran.err);
}
