//! The synthetic AWS as a process of its own, and what it counted.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde::Deserialize;

use crate::Outcome;

/// A server that runs until this is dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub endpoint: String,
}

/// What a server counted since it was last told to begin anew.
#[derive(Debug, Clone, Deserialize)]
pub struct Counters {
    /// Requests.
    pub calls: u64,
    /// Of them, answered with a throttle.
    pub throttled: u64,
    /// Of them, for operations that it does not know.
    pub unknown: u64,
    /// Most requests that it had in hand at once; `None` where nobody counts that.
    pub max_concurrency: Option<u64>,
    /// By operation (`ec2.DescribeVpcs`).
    #[serde(default)]
    pub by: BTreeMap<String, Calls>,
}

/// Requests for one operation.
#[derive(Debug, Clone, Deserialize)]
pub struct Calls {
    /// How many.
    pub calls: u64,
}

#[derive(Deserialize)]
struct Hello {
    endpoint: String,
}

impl Server {
    /// Starts one on any free port, and waits until it listens.
    pub fn start(program: &Path, arguments: &[String]) -> Outcome<Self> {
        let mut command = Command::new(program);
        command.args(["--port", "0"]).args(arguments).env_clear().stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("{}: {error} (build it: see benches/README.md)", program.display()))?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line)?;
        }
        match serde_json::from_str::<Hello>(&line) {
            Ok(hello) => Ok(Self { child, endpoint: hello.endpoint }),
            Err(_) => {
                child.kill()?;
                child.wait()?;
                Err(format!("{} {}: does not say where it listens", program.display(), arguments.join(" ")).into())
            }
        }
    }

    /// What was counted since the last [`Self::reset`].
    pub fn counters(&self) -> Outcome<Counters> {
        let mut answer = ureq::get(format!("{}/_synthetic/counters", self.endpoint)).config().timeout_global(Some(WAIT)).build().call()?;
        Ok(serde_json::from_str(&answer.body_mut().read_to_string()?)?)
    }

    /// Counts from nothing again.
    pub fn reset(&self) -> Outcome<()> {
        ureq::post(format!("{}/_synthetic/reset", self.endpoint)).config().timeout_global(Some(WAIT)).build().send_empty()?;
        Ok(())
    }

    /// Processor time that the server has used, in seconds; `None` where the system does not tell. Linux counts it in hundredths.
    pub fn cpu_s(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        let fields: Vec<&str> = stat.rsplit(") ").next()?.split(' ').collect();
        let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
        Some((ticks(11)? + ticks(12)?) / 100.0)
    }

    /// What leads a client to it, as somebody of an account: 0 is the management account.
    pub fn environment(&self, account: u64) -> Vec<(String, String)> {
        let key = format!("AKIA{}SYNT", 100_000_000_000 + account);
        let pairs = [
            ("AWS_ENDPOINT_URL", self.endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", key.as_str()),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }
}

const WAIT: Duration = Duration::from_secs(30);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
