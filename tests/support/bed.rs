//! The test bed, and the program run against it.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use libtest_mimic::Failed;
use serde_json::Value;

use super::program;

/// Where an emulated AWS answers, and the Python that builds accounts in it.
#[derive(Debug, Clone)]
pub struct Bed {
    endpoint: String,
    python: String,
}

/// What a run of the program said.
#[derive(Debug)]
pub struct Scan {
    /// The exit code.
    pub code: i32,
    /// The JSON report.
    pub report: Value,
}

impl Bed {
    /// The bed that `localstack/bed run` started.
    pub fn of_environment() -> Option<Self> {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Some(Self { endpoint: variable("DRIFTLEAD_TEST_ENDPOINT")?, python: variable("DRIFTLEAD_TEST_PYTHON")? })
    }

    /// Runs an account script and gives what it printed.
    pub fn script(&self, name: &str, arguments: &[&str]) -> Result<String, Failed> {
        let mut command = Command::new(&self.python);
        command.arg(program::root().join("localstack/accounts").join(name)).args(arguments);
        self.printed(command)
    }

    /// Runs some Python that may import the account scripts.
    pub fn python(&self, code: &str, arguments: &[&str]) -> Result<String, Failed> {
        let mut command = Command::new(&self.python);
        command.args(["-c", code]).args(arguments);
        self.printed(command)
    }

    fn printed(&self, mut command: Command) -> Result<String, Failed> {
        let output = command
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("PYTHONPATH", program::root().join("localstack/accounts"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()?;
        if output.status.success() {
            return Ok(String::from_utf8(output.stdout)?);
        }
        Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
    }

    /// Adds a rule to the bed.
    pub fn rule(&self, rule: &str) -> Result<(), Failed> {
        self.rules("POST", "", rule)
    }

    /// Takes an account's rules of a name away.
    pub fn forget(&self, account: &str, name: &str) -> Result<(), Failed> {
        self.rules("DELETE", &format!("?account={account}&name={name}"), "")
    }

    fn rules(&self, method: &str, query: &str, body: &str) -> Result<(), Failed> {
        let host = self.endpoint.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host)?;
        let length = body.len();
        write!(
            stream,
            "{method} /_bed/rules{query} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{body}"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        if answer.starts_with("HTTP/1.1 2") { Ok(()) } else { Err(answer.into()) }
    }

    /// Scans an account.
    pub fn scan(&self, account: &str, arguments: &[&str]) -> Result<Scan, Failed> {
        self.run(account, &[&["scan"], arguments].concat())
    }

    /// Runs a command that reports, in JSON.
    pub fn run(&self, account: &str, arguments: &[&str]) -> Result<Scan, Failed> {
        let said = program::said(self.program(account, &[arguments, &["--format", "json"]].concat()).output());
        match serde_json::from_str(&said.out) {
            Ok(report) if said.code != 2 => Ok(Scan { code: said.code, report }),
            _ => Err(format!("{arguments:?} ended with {}: {}", said.code, said.err).into()),
        }
    }

    /// Runs a command and gives what it printed.
    pub fn output(&self, account: &str, arguments: &[&str]) -> Result<String, Failed> {
        let said = program::said(self.program(account, arguments).output());
        if said.code == 0 { Ok(said.out) } else { Err(format!("{arguments:?} ended with {}: {}", said.code, said.err).into()) }
    }

    /// Runs a command that may find something or leave something open, but not fail.
    pub fn any(&self, account: &str, arguments: &[&str]) -> Result<(), Failed> {
        let said = program::said(self.program(account, arguments).output());
        if said.code == 2 { Err(format!("{arguments:?}: {}", said.err).into()) } else { Ok(()) }
    }

    fn program(&self, account: &str, arguments: &[&str]) -> Command {
        let mut command = program::driftlead(arguments);
        command.env("AWS_ENDPOINT_URL", &self.endpoint).env("AWS_REGION", "us-east-1");
        command.env("AWS_ACCESS_KEY_ID", account).env("AWS_SECRET_ACCESS_KEY", "test");
        command
    }
}

impl Scan {
    /// The verdicts, as `fail reason`, by (check, resource).
    pub fn verdicts(&self) -> BTreeMap<(String, String), String> {
        let text = |finding: &Value, name: &str| finding[name].as_str().unwrap_or("").to_owned();
        let verdict = |finding: &Value| {
            let words = format!("{} {}", text(finding, "status"), text(finding, "reason"));
            ((text(finding, "check"), text(finding, "resource")), words.trim().to_owned())
        };
        self.report["findings"].as_array().into_iter().flatten().map(verdict).collect()
    }
}

/// A gzipped file's content.
pub fn unzipped(path: &str) -> Result<Vec<u8>, Failed> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path)?).read_to_end(&mut bytes)?;
    Ok(bytes)
}
