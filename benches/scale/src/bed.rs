//! The broken platform of the test bed (`localstack/`) as an account to read: LocalStack, and what it logged of each request.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Outcome;
use crate::server::{Calls, Counters};

/// Which account of the bed; nothing else has made anything in it.
const ACCOUNT: &str = "222233334444";

/// An instance of its own, stopped when this is dropped.
pub struct Bed {
    folder: PathBuf,
    name: String,
    endpoint: String,
    log: PathBuf,
    /// Bytes of the log that were there before.
    before: usize,
}

impl Bed {
    /// Starts one and builds the platform in it, with all of its faults.
    pub fn broken_platform() -> Outcome<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../localstack");
        let name = format!("peer-{}", std::process::id());
        let home = std::env::var_os("BED_DIR").map_or_else(|| folder.join(".bed"), PathBuf::from);
        let log = home.join("instances").join(&name).join("log");
        script(&folder, &["start", &name])?;
        let mut platform = Self { folder, name, endpoint: String::new(), log, before: 0 };
        let told = script(&platform.folder, &["env", &platform.name])?;
        let endpoint = told.split_whitespace().find_map(|word| word.strip_prefix("AWS_ENDPOINT_URL="));
        platform.endpoint = endpoint.ok_or("the test bed does not say where it listens")?.to_owned();
        let builder = platform.folder.join("accounts/payment.py").display().to_string();
        let mut command = Command::new(platform.folder.join("bed"));
        command.args(["python", &builder, "broken", ACCOUNT]).stdin(Stdio::null()).stdout(Stdio::null());
        let status = command.envs(platform.environment()).env("DRIFTLEAD_TEST_ENDPOINT", &platform.endpoint).status()?;
        if status.success() { Ok(platform) } else { Err(format!("accounts/payment.py: {status}").into()) }
    }

    /// What leads a client to it.
    pub fn environment(&self) -> Vec<(String, String)> {
        let pairs = [
            ("AWS_ENDPOINT_URL", self.endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", ACCOUNT),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }

    /// Counts from nothing again.
    pub fn reset(&mut self) -> Outcome<()> {
        self.before = std::fs::read(&self.log)?.len();
        Ok(())
    }

    /// What LocalStack has logged since: `AWS s3.ListBuckets => 200`.
    pub fn counters(&self) -> Outcome<Counters> {
        let log = std::fs::read(&self.log)?;
        let text = String::from_utf8_lossy(&log[self.before.min(log.len())..]).into_owned();
        let mut by: BTreeMap<String, Calls> = BTreeMap::new();
        for line in text.lines() {
            let Some((action, _)) = line.split_once(" AWS ").and_then(|(_, rest)| rest.split_once(" => ")) else { continue };
            by.entry(action.to_owned()).or_insert(Calls { calls: 0 }).calls += 1;
        }
        let calls = by.values().map(|calls| calls.calls).sum();
        // It throttles nothing, and what it does not know it answers as not implemented.
        let unknown = text.lines().filter(|line| line.contains(" AWS ") && line.contains(" => 501")).count() as u64;
        Ok(Counters { calls, throttled: 0, unknown, max_concurrency: None, by })
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        // A bed that is down already needs no stopping.
        let _ = script(&self.folder, &["stop", &self.name]);
    }
}

/// Runs the bed's script, with a log of every request.
fn script(folder: &Path, arguments: &[&str]) -> Outcome<String> {
    let output = Command::new(folder.join("bed")).args(arguments).env("LS_LOG", "info").stderr(Stdio::inherit()).output()?;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout)?)
    } else {
        Err(format!("bed {}: {}", arguments.join(" "), output.status).into())
    }
}
