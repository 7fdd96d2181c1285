//! driftlead beside the most used peer, Prowler: the same account, the same services, the same machine, one after the other.
//!
//! Prowler is asked for the services that driftlead reads, and no others; driftlead reads all of them, asks all of its checks and writes
//! one report in JSON, as Prowler does. How many checks each asks, and of how many calls, stands beside what it cost.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Serialize;
use serde_json::{Value, json};

use crate::account::{ACCOUNTS, Account, Host, deniable};
use crate::machine;
use crate::measure::{Cost, Program};
use crate::row::rounded;
use crate::run::{Tools, trouble};
use crate::server::Counters;
use crate::{Common, Outcome};

/// Services, as Prowler names them, that driftlead reads too. CloudWatch Logs are in its `cloudwatch`.
const SERVICES: &[&str] = &[
    "account", "acm", "apigateway", "apigatewayv2", "autoscaling", "awslambda", "backup", "cloudformation", "cloudtrail", "cloudwatch",
    "ec2", "ecs", "elbv2", "iam", "kms", "organizations", "rds", "route53", "s3", "secretsmanager", "vpc", "wafv2",
];

/// Which accounts, and with what.
#[derive(Debug, clap::Args)]
pub struct Peer {
    /// Accounts to read: empty, denied, 1k, 10k, platform, log-groups [default: the first three]
    #[arg(value_name = "ACCOUNT")]
    names: Vec<String>,
    /// All accounts
    #[arg(long, conflicts_with = "names")]
    full: bool,
    /// Seconds after which a run is ended
    #[arg(long, value_name = "SECONDS", default_value_t = 180)]
    limit: u64,
    /// Python 3.10, 3.11 or 3.12, to make Prowler's environment with
    #[arg(long, value_name = "FILE", default_value = "python3")]
    python: PathBuf,
    /// Where that environment is kept: 2.3 GB, made once [default: driftlead-bench in XDG_CACHE_HOME or ~/.cache]
    #[arg(long, value_name = "DIR", env = "DRIFTLEAD_BENCH_CACHE")]
    cache: Option<PathBuf>,
    /// More flags for driftlead's scan, with commas between them: --scan-flags=--api-share,100
    #[arg(long, value_name = "FLAGS", value_delimiter = ',', allow_hyphen_values = true)]
    scan_flags: Vec<String>,
    #[command(flatten)]
    common: Common,
}

/// One tool on one account.
#[derive(Debug, Serialize)]
struct Line {
    name: String,
    about: String,
    tool: &'static str,
    command: String,
    world: String,
    wall_s: f64,
    cpu_s: f64,
    peak_mb: f64,
    calls: u64,
    unknown_calls: u64,
    throttled_percent: f64,
    max_concurrency: Option<u64>,
    us_per_call: f64,
    checks: u64,
    ms_cpu_per_check: f64,
    findings: Value,
    note: String,
}

impl Peer {
    /// Runs both on each account.
    pub fn run(&self) -> Outcome<()> {
        if let Some(name) = self.names.iter().find(|name| !ACCOUNTS.iter().any(|account| account.name == **name)) {
            return Err(format!("there is no account `{name}`").into());
        }
        let tools = self.common.tools()?;
        let prowler = self.prowler()?;
        let services: Vec<String> = SERVICES.iter().map(|name| (*name).to_owned()).collect();
        let checks = [lines(&tools.driftlead, &["list", "checks"])?, prowler_checks(&prowler)?];
        let mut figures = crate::head("peer");
        let version = |path: &Path| -> Outcome<String> {
            Ok(String::from_utf8(Command::new(path).arg("--version").env("HOME", "/nonexistent").output()?.stdout)?
                .split_whitespace()
                .nth(1)
                .unwrap_or("?")
                .to_owned())
        };
        figures["versions"] = json!({"driftlead": version(&tools.driftlead)?, "Prowler": version(&prowler)?});
        figures["services"] = json!(services);
        let (mut rows, mut asked) = (Vec::new(), BTreeSet::new());
        let is_wanted = |account: &&Account| {
            self.full || self.names.iter().any(|name| name == account.name) || (self.names.is_empty() && account.is_quick)
        };
        for account in ACCOUNTS.iter().filter(is_wanted) {
            let mut host = account.serve(&tools, &asked)?;
            for (tool, checks) in ["driftlead", "Prowler"].into_iter().zip(checks) {
                host.reset()?;
                let folder = tools.folder()?;
                let ran = if tool == "driftlead" {
                    self.driftlead(&tools, folder.path(), account, &host)?
                } else {
                    self.peer(&prowler, folder.path(), account, &host)?
                };
                let counters = host.counters()?;
                asked.extend(deniable(&counters));
                let line = Line::new(account, tool, ran, &counters, checks);
                eprintln!(
                    "{:<12} {tool:<10} {:>8.2} s {:>8.2} CPU s {:>7.1} MB {:>7} calls  {} {}",
                    line.name, line.wall_s, line.cpu_s, line.peak_mb, line.calls, line.findings, line.note
                );
                rows.push(line);
            }
        }
        figures["load_after"] = json!(machine::load());
        figures["scenarios"] = serde_json::to_value(rows)?;
        self.common.tell(&figures)
    }

    fn driftlead(&self, tools: &Tools, folder: &Path, account: &Account, host: &Host) -> Outcome<Ran> {
        let more: Vec<&str> = self.scan_flags.iter().map(String::as_str).collect();
        let regions: Vec<&str> = account.regions().iter().flat_map(|region| ["--region", *region]).collect();
        let arguments = [&["scan", "--no-progress", "-o", "report.json"][..], &regions, &more].concat();
        let cost = tools.driftlead(folder, &arguments, &host.environment(), self.limit)?;
        let note = trouble(&cost, folder)?;
        Ok(Ran { cost, command: format!("driftlead {}", arguments.join(" ")), findings: summary(folder), note })
    }

    fn peer(&self, prowler: &Path, folder: &Path, account: &Account, host: &Host) -> Outcome<Ran> {
        let mut arguments = ["aws", "--no-banner", "--ignore-exit-code-3"].map(str::to_owned).to_vec();
        if !account.regions().is_empty() {
            arguments.push("--region".to_owned());
            arguments.extend(account.regions().iter().map(|region| (*region).to_owned()));
        }
        arguments.push("--services".to_owned());
        arguments.extend(SERVICES.iter().map(|name| (*name).to_owned()));
        arguments.extend(["--output-formats", "json-ocsf", "--output-directory", "out", "--output-filename", "report"].map(str::to_owned));
        let mut environment = host.environment();
        // Nothing but the account's endpoint is asked: what Prowler looks up elsewhere is refused at once.
        let nowhere = "http://127.0.0.1:9".to_owned();
        environment.extend([
            ("HTTPS_PROXY".to_owned(), nowhere.clone()),
            ("HTTP_PROXY".to_owned(), nowhere),
            ("NO_PROXY".to_owned(), "127.0.0.1".to_owned()),
        ]);
        let program = Program {
            path: prowler,
            arguments: &arguments,
            environment: &environment,
            output: Some(&folder.join("printed")),
            errors: &folder.join("said"),
            folder,
            limit_s: self.limit,
        };
        let cost = program.measure()?;
        let note = match cost.code {
            Some(0 | 3) => String::new(),
            _ if cost.was_stopped => format!("stopped after {:.0} s", cost.wall_s),
            code => format!("failed with {}", code.map_or("a signal".to_owned(), |code| code.to_string())),
        };
        Ok(Ran { cost, command: format!("prowler {}", arguments.join(" ")), findings: statuses(folder), note })
    }

    /// Prowler, installed if it is not.
    fn prowler(&self) -> Outcome<PathBuf> {
        let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache"));
        let cache = || std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home).map(|cache| cache.join("driftlead-bench"));
        let cache = self.cache.clone().or_else(cache).ok_or("no HOME and no XDG_CACHE_HOME: say --cache DIR")?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../peer/install.py");
        let output = Command::new(&self.python).arg(script).arg(cache.join("prowler")).stderr(std::process::Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err("Prowler could not be installed".into());
        }
        Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
    }
}

/// A run, and what it said.
struct Ran {
    cost: Cost,
    command: String,
    findings: Value,
    /// What went wrong, or nothing.
    note: String,
}

impl Line {
    fn new(account: &Account, tool: &'static str, ran: Ran, counters: &Counters, checks: u64) -> Self {
        let (calls, cost) = (counters.calls as f64, &ran.cost);
        Self {
            name: account.name.to_owned(),
            about: account.about.to_owned(),
            tool,
            command: ran.command,
            world: account.world(),
            wall_s: rounded(cost.wall_s),
            cpu_s: rounded(cost.cpu_s()),
            peak_mb: rounded(cost.peak_mb),
            calls: counters.calls,
            unknown_calls: counters.unknown,
            throttled_percent: rounded(100.0 * counters.throttled as f64 / calls.max(1.0)),
            max_concurrency: counters.max_concurrency,
            us_per_call: rounded(1e6 * cost.cpu_s() / calls.max(1.0)),
            checks,
            ms_cpu_per_check: rounded(1e3 * cost.cpu_s() / checks as f64),
            findings: ran.findings,
            note: ran.note,
        }
    }
}

/// What driftlead's report counts.
fn summary(folder: &Path) -> Value {
    let report = std::fs::read(folder.join("report.json")).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    report.map_or(Value::Null, |report| {
        let of = |status: &str| report["summary"][status].clone();
        json!({"pass": of("pass"), "fail": of("fail"), "unknown": of("unknown"), "other": of("muted")})
    })
}

/// Prowler's findings by status. What it leaves to people (`MANUAL`) comes nearest to driftlead's unknown.
fn statuses(folder: &Path) -> Value {
    let report = std::fs::read(folder.join("out/report.ocsf.json")).ok().and_then(|text| serde_json::from_slice::<Vec<Value>>(&text).ok());
    report.map_or(Value::Null, |findings| {
        let count = |of: &[&str]| findings.iter().filter(|finding| of.contains(&finding["status_code"].as_str().unwrap_or(""))).count();
        let (pass, fail, unknown) = (count(&["PASS"]), count(&["FAIL"]), count(&["MANUAL"]));
        json!({"pass": pass, "fail": fail, "unknown": unknown, "other": findings.len() - pass - fail - unknown})
    })
}

/// Lines of a listing, less its head.
fn lines(program: &Path, arguments: &[&str]) -> Outcome<u64> {
    let output = Command::new(program).args(arguments).env("HOME", "/nonexistent").output()?;
    let text = String::from_utf8(output.stdout)?;
    Ok(text.lines().filter(|line| line.split_whitespace().next().is_some_and(|word| word.contains('/'))).count() as u64)
}

/// How many checks Prowler has for the services.
fn prowler_checks(prowler: &Path) -> Outcome<u64> {
    let output =
        Command::new(prowler).args(["aws", "--no-banner", "--no-color", "--list-checks-json", "--services"]).args(SERVICES).output()?;
    let text = String::from_utf8(output.stdout)?;
    let start = text.find('{').ok_or("prowler lists no checks")?;
    let list: Value = serde_json::Deserializer::from_str(&text[start..]).into_iter().next().ok_or("prowler lists no checks")??;
    Ok(list["aws"].as_array().map_or(0, Vec::len) as u64)
}
