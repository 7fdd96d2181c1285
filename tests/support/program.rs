//! The program from outside: run with a scrubbed environment.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// What a run said.
#[derive(Debug)]
pub struct Said {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// The program with these arguments, in an environment that says nothing about AWS, colours or terminals.
pub fn driftlead(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_driftlead"));
    command.args(arguments).env_clear();
    command.env("PATH", "/usr/bin:/bin").env("HOME", "/nonexistent");
    command.env("DRIFTLEAD_STORE", store());
    command.env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null").env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

/// Where scans keep their snapshots: a folder of this test program, empty when it begins; never the user's own.
pub fn store() -> &'static Path {
    static STORE: OnceLock<PathBuf> = OnceLock::new();
    STORE.get_or_init(|| {
        let program = std::env::current_exe().expect("this program's file");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("store").join(program.file_name().expect("its name"));
        if folder.exists() {
            std::fs::remove_dir_all(&folder).expect("an empty store");
        }
        folder
    })
}

/// Runs it.
pub fn run(arguments: &[&str]) -> Said {
    said(driftlead(arguments).output())
}

/// What a finished run said.
pub fn said(output: std::io::Result<Output>) -> Said {
    let output = output.expect("the program starts");
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The recording that is part of the program.
pub fn recording() -> PathBuf {
    root().join("localstack/recordings/platform-broken.jsonl.gz")
}
