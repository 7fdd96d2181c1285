//! The job files of `examples/organizations`: what they start is started here, with the variables that their engines set.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use saphyr::{LoadableYamlNode, Yaml};
use synthetic_aws::{Server, World};

use crate::Room;
use crate::many::{ask, organization, verdicts};
use crate::support::program::{Said, driftlead, root, said};

/// The AWS CLI as far as the scripts need it, on a folder in S3's place, and telling which jobs are submitted.
const CLI: &str = r#"#!/bin/sh
set -eu
if [ "$1 $2" = "batch submit-job" ]; then
  echo "$@" >> "$BUCKET/submitted"
  echo "job-$(wc -l < "$BUCKET/submitted")"
  exit 0
fi
[ "$1 $2" = "s3 cp" ] || exit 9
shift 2
recursive=""
while :; do
  case "$1" in
    --only-show-errors) shift ;;
    --recursive) recursive=yes; shift ;;
    --exclude|--include) shift 2 ;;
    *) break ;;
  esac
done
place() { case "$1" in s3://*) echo "$BUCKET/${1#s3://}" ;; *) echo "$1" ;; esac; }
from=$(place "$1"); to=$(place "$2")
if [ -n "$recursive" ]; then mkdir -p "$to"; cp "$from"/part-*.db "$to"/; else mkdir -p "$(dirname "$to")"; cp "$from" "$to"; fi
"#;

fn folder() -> PathBuf {
    root().join("examples/organizations")
}

fn documents(name: &str) -> Vec<Yaml<'static>> {
    let text = std::fs::read_to_string(folder().join(name)).expect(name);
    let text: &'static str = Box::leak(text.into_boxed_str());
    Yaml::load_from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn text(node: &Yaml<'_>) -> String {
    node.as_str().map(str::to_owned).or_else(|| node.as_integer().map(|number| number.to_string())).unwrap_or_else(|| panic!("{node:?}"))
}

fn strings(node: &Yaml<'_>) -> Vec<String> {
    node.as_sequence().expect("a list").iter().map(text).collect()
}

/// A command with the variables that its job gives it.
struct Job {
    command: Vec<String>,
    variables: BTreeMap<String, String>,
}

/// A machine for jobs: the program, the scripts and a CLI on its path, and a folder for the bucket.
struct Machine<'r> {
    room: &'r Room,
    server: &'r Server,
}

impl Machine<'_> {
    fn new<'r>(room: &'r Room, server: &'r Server) -> Machine<'r> {
        room.write("bin/aws", CLI);
        for script in ["driftlead-shard", "driftlead-merge", "aws-batch-submit"] {
            std::fs::copy(folder().join(script), room.path().join("bin").join(script)).expect("a script");
        }
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_driftlead"), room.path().join("bin/driftlead")).expect("a link");
        let chmod = Command::new("chmod").args(["-R", "755"]).arg(room.path().join("bin")).status();
        assert!(chmod.expect("chmod").success());
        std::fs::create_dir_all(room.path().join("bucket")).expect("a folder");
        Machine { room, server }
    }

    /// Runs a command with nothing but what the job, the engine and this machine give it.
    fn run(&self, job: &Job, engine: &[(&str, &str)], disk: &str) -> Said {
        let bin = self.room.path().join("bin");
        let disk = self.room.path().join(disk);
        std::fs::create_dir_all(&disk).expect("a folder");
        // The environment of a test, and in it what runs the script instead of the program.
        let scrubbed = driftlead(&[]);
        let mut command = Command::new(bin.join(&job.command[0]));
        command.args(&job.command[1..]).env_clear().current_dir(&disk).stdin(Stdio::null());
        command.envs(scrubbed.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.envs(self.server.credentials(0)).envs(&job.variables).envs(engine.iter().copied());
        command.env("AWS_REGION", "us-east-1").env("TMPDIR", &disk).env("BUCKET", self.room.path().join("bucket"));
        command.env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
        said(command.output())
    }

    /// What the whole says, against what one run over all accounts says.
    fn is_whole(&self, merged: &Path) {
        let ran = ask(self.room, self.server, &["snapshot", "--org", "--role", "driftlead-audit", "-o", "whole.db"]);
        assert!(ran.code == 0 || ran.code == 3, "{ran:?}");
        std::fs::copy(merged, self.room.path().join("merged.db")).expect("a copy");
        assert_eq!(verdicts(self.room, "merged.db"), verdicts(self.room, "whole.db"));
    }
}

fn world() -> World {
    World { deny_roles: vec![100_000_000_001], ..organization(5) }
}

#[test]
fn the_jobs_of_kubernetes_read_the_organization_in_parts_and_join_them() {
    let (room, server) = (Room::new(), Server::start(world()).expect("a server"));
    let machine = Machine::new(&room, &server);
    let documents = documents("kubernetes-indexed-job.yaml");
    let job = |document: &Yaml<'_>| {
        let container = &document["spec"]["template"]["spec"]["containers"][0];
        let variables = container["env"].as_sequence().expect("env").iter().map(|one| (text(&one["name"]), text(&one["value"])));
        Job { command: strings(&container["command"]), variables: variables.collect() }
    };
    let [read, merge] = &documents[..] else { panic!("two jobs") };
    assert_eq!(text(&read["spec"]["completionMode"]), "Indexed");
    let (shard, merge) = (job(read), job(merge));
    let completions: u32 = text(&read["spec"]["completions"]).parse().expect("a number");
    assert_eq!((shard.variables["SHARDS"].parse(), &merge.variables["SHARDS"]), (Ok(completions), &shard.variables["SHARDS"]));
    assert_eq!(merge.variables["PARTS"], shard.variables["PARTS"]);
    for index in 0..completions - 1 {
        let ran = machine.run(&shard, &[("JOB_COMPLETION_INDEX", &index.to_string())], &format!("pod-{index}"));
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    let early = machine.run(&merge, &[], "merger");
    assert!(early.code == 2 && early.err.contains("7 parts of 8"), "{early:?}");
    let ran = machine.run(&shard, &[("JOB_COMPLETION_INDEX", &(completions - 1).to_string())], "pod-last");
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = machine.run(&merge, &[], "merger");
    assert!(ran.code == 0 && ran.out.contains(" unknown="), "{ran:?}");
    let run = room.path().join("bucket").join(shard.variables["PARTS"].trim_start_matches("s3://"));
    assert!(run.join("organization.html").exists());
    machine.is_whole(&run.join("organization.db"));
}

#[test]
fn the_jobs_of_aws_batch_read_the_organization_in_parts_and_join_them() {
    let (room, server) = (Room::new(), Server::start(world()).expect("a server"));
    let machine = Machine::new(&room, &server);
    let submit = Job {
        command: ["aws-batch-submit", "queue", "s3://bucket/driftlead", "3"].map(str::to_owned).to_vec(),
        variables: BTreeMap::new(),
    };
    let ran = machine.run(&submit, &[], "submitter");
    assert_eq!((ran.code, ran.out.trim()), (0, "job-2"), "{ran:?}");
    let submitted = std::fs::read_to_string(room.path().join("bucket/submitted")).expect("two jobs");
    let lines: Vec<&str> = submitted.lines().collect();
    assert!(lines[0].contains("--job-definition driftlead-shard") && lines[0].contains("--array-properties size=3"), "{}", lines[0]);
    assert!(lines[1].contains("--job-definition driftlead-merge") && lines[1].contains("--depends-on jobId=job-1"), "{}", lines[1]);
    let value = |line: &str, name: &str| {
        let rest = line.split(&format!("{{name={name},value=")).nth(1).expect(name);
        rest.split('}').next().expect(name).to_owned()
    };
    let template = documents("aws-batch.cfn.yaml");
    let job = |resource: &str, line: &str| {
        let properties = &template[0]["Resources"][resource]["Properties"];
        assert!(line.contains(&format!("--job-definition {}", text(&properties["JobDefinitionName"]))), "{line}");
        let mut variables: BTreeMap<String, String> = ["PARTS", "SHARDS"].map(|name| (name.to_owned(), value(line, name))).into();
        if resource == "Shard" {
            variables.insert("ROLE".to_owned(), text(&template[0]["Parameters"]["AuditRole"]["Default"]));
        }
        Job { command: strings(&properties["ContainerProperties"]["Command"]), variables }
    };
    let (shard, merge) = (job("Shard", lines[0]), job("Merge", lines[1]));
    for index in ["0", "1", "2"] {
        let engine = [("AWS_BATCH_JOB_ARRAY_INDEX", index), ("AWS_BATCH_JOB_ARRAY_SIZE", "3")];
        let ran = machine.run(&shard, &engine, &format!("task-{index}"));
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    // An array of another size than was said would leave accounts out.
    let ran = machine.run(&shard, &[("AWS_BATCH_JOB_ARRAY_INDEX", "0"), ("AWS_BATCH_JOB_ARRAY_SIZE", "4")], "task-x");
    assert!(ran.code == 2 && ran.err.contains("AWS_BATCH_JOB_ARRAY_SIZE says 4, not 3"), "{ran:?}");
    let ran = machine.run(&merge, &[], "merger");
    assert_eq!(ran.code, 0, "{ran:?}");
    let run = room.path().join("bucket").join(shard.variables["PARTS"].trim_start_matches("s3://"));
    machine.is_whole(&run.join("organization.db"));
}
