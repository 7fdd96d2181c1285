//! What `--help` adds to the flags: commands in groups, and examples.

use clap::{Command, CommandFactory, FromArgMatches};

use super::Cli;

/// The commands by what somebody is up to. A test holds that each is in one group.
const GROUPS: &[(&str, &[&str])] = &[
    ("Look at accounts", &["scan", "check", "drift", "query"]),
    ("Keep and show", &["snapshot", "merge", "report", "seal", "verify"]),
    ("Agree", &["init", "waive"]),
    ("Understand", &["demo", "list", "explain", "permissions", "selftest"]),
    ("Set up", &["completions", "man"]),
];

/// Examples of a command: what is typed, and what for. `tests/house/pages.rs` holds that they are understood.
const EXAMPLES: &[(&str, &[(&str, &str)])] = &[
    (
        "scan",
        &[
            ("driftlead scan", "with the credentials of the environment, in every region"),
            ("driftlead scan --profile prod -o audit.html -o audit.sarif", "a page for people, a file for the forge"),
            ("driftlead scan --org --role audit --org-unit Production", "the accounts of a unit, each by its role `audit`"),
            ("driftlead scan --framework pci-dss-4.0.1", "what the checks behind each requirement come to"),
            ("driftlead scan --from monday.db --format json", "what a snapshot says, without a network"),
        ],
    ),
    (
        "report",
        &[
            ("driftlead report -o audit.html", "the latest snapshot of the store, judged again without a network"),
            ("driftlead report --account 111122223333 --framework soc2", "of one account among several, for an audit"),
        ],
    ),
    (
        "check",
        &[
            ("driftlead check 'vpc/*' --plan", "which calls that would make"),
            ("driftlead check s3/bucket_is_public --resource arn:aws:s3:::invoices", "one question about one resource"),
        ],
    ),
    (
        "query",
        &[
            ("driftlead query \"select name, region from aws_s3_bucket where versioning = ''\"", "reads that table, and no other"),
            ("driftlead query 'select * from gap' --from today.db --format csv", "what a snapshot could not read, and why"),
        ],
    ),
    (
        "drift",
        &[
            ("driftlead drift", "the latest two snapshots of the store"),
            ("driftlead drift --since yesterday", "the latest against yesterday's"),
            ("driftlead drift --cloudformation", "every stack against its own template, live"),
            ("driftlead drift --template cdk.out", "templates on disk against their stacks"),
            ("driftlead drift --state terraform.tfstate --who", "a Terraform state, and who changed what"),
            ("driftlead drift --bisect vpc/nat_zone_shared ARN", "the snapshot in which a verdict turned"),
        ],
    ),
    (
        "report",
        &[
            ("driftlead report -o audit.html", "the latest snapshot of the store, for a browser"),
            ("driftlead report --framework soc2 --since last", "requirement by requirement, and what is new"),
        ],
    ),
    ("seal", &[("driftlead seal audit.db --key ~/.ssh/id_ed25519", "sign what it holds, in OpenSSH's format")]),
    (
        "verify",
        &[
            ("driftlead verify audit.db --key auditor.pub", "is it what that key sealed?"),
            ("driftlead verify audit.db --allowed-signers signers --chain", "and every seal before it"),
        ],
    ),
    ("init", &[("driftlead init", "driftlead.toml, here, with everything commented out")]),
    (
        "waive",
        &[
            (
                "driftlead waive vpc/nat_gateway_idle nat-0a1b --reason 'moves in March' --owner net@example.com --expires 2027-03-31",
                "one more waiver in driftlead.toml",
            ),
            ("driftlead waive", "grant every until_changed waiver on what the latest snapshot says"),
            ("driftlead waive --only 'legacy NAT'", "grant one of them again, after its evidence was looked at"),
        ],
    ),
    (
        "snapshot",
        &[
            ("driftlead snapshot -o today.db", "only read; driftlead scan --from judges it, now or in years"),
            ("driftlead snapshot -o all.db --org --role audit", "every account of the organization, by its role `audit`"),
            ("driftlead snapshot -o all.db --org --role audit --resume", "go on with that one after it was killed"),
        ],
    ),
    ("merge", &[("driftlead merge -o all.db part-0.db part-1.db", "what several machines read, each with a --shard of its own")]),
    (
        "waive",
        &[
            (
                "driftlead waive vpc/nat_gateway_idle nat-0a1b --reason 'ticket 4711' --owner net@example.com --expires 2027-03-31",
                "adds a [[waiver]] to driftlead.toml",
            ),
            ("driftlead waive", "grants what holds until the evidence changes, on the latest snapshot of the store"),
            ("driftlead waive --only 'legacy NAT'", "grants one of them again, after somebody looked at what changed"),
        ],
    ),
    ("list", &[("driftlead list checks", "what is asked"), ("driftlead list tables", "what can be asked with SQL")]),
    (
        "explain",
        &[
            ("driftlead explain vpc/nat_zone_shared", "what it finds, why that matters, how it is seen, how to mend it"),
            ("driftlead explain aws_vpc_subnet", "a table, column by column"),
            ("driftlead explain pci-dss-4.0.1/10.5.1", "a requirement, and the checks behind it"),
        ],
    ),
    ("permissions", &[("driftlead permissions 'vpc/*' s3/bucket_is_public", "the least-privilege policy for these checks")]),
    ("demo", &[("driftlead demo -o demo.html", "no account, no network")]),
    (
        "selftest",
        &[
            ("driftlead selftest", "each fault alone, and all together: no account, no network"),
            ("driftlead selftest --inject throttle=30% --inject hang --seed 7", "these two at once, with other dice"),
        ],
    ),
    ("completions", &[("driftlead completions bash > ~/.local/share/bash-completion/completions/driftlead", "for one user")]),
    ("man", &[("driftlead man ~/.local/share/man/man1", "one page for each command")]),
];

impl Cli {
    /// Reads the command line.
    ///
    /// # Errors
    /// Usage that is none, and `--help` and `--version`, which clap takes for errors too.
    pub fn read() -> Result<Self, clap::Error> {
        let mut command = command();
        let matches = command.try_get_matches_from_mut(std::env::args_os())?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }
}

/// The command line with all that its help says.
pub fn command() -> Command {
    let mut command = Cli::command();
    for (name, examples) in EXAMPLES {
        command = command.mut_subcommand(name, |sub| {
            let lines = examples.iter().map(|(line, meaning)| format!("  {line}\n      {meaning}"));
            let more = sub.get_after_help().map(|help| format!("\n\n{help}"));
            let examples = format!("Examples:\n{}", lines.collect::<Vec<_>>().join("\n"));
            sub.after_help(more.map_or_else(|| examples.clone(), |more| examples.clone() + &more))
        });
    }
    let groups = groups(&command);
    command.help_template(format!("{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{groups}Options:\n{{options}}{{after-help}}"))
}

/// The commands with their first line, by group.
fn groups(command: &Command) -> String {
    let about = |name: &str| {
        let sub = command.find_subcommand(name)?;
        Some(format!("  {name:<12} {}\n", sub.get_about().map(ToString::to_string).unwrap_or_else(String::new)))
    };
    let group = |(title, names): &(&str, &[&str])| {
        let lines: String = names.iter().filter_map(|name| about(name)).collect();
        format!("{title}:\n{lines}\n")
    };
    GROUPS.iter().map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_in_one_group() {
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        grouped.sort_unstable();
        let command = Cli::command();
        let mut there: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        there.sort_unstable();
        assert_eq!(grouped, there);
    }
}
