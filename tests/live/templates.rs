//! Templates that nobody here wrote, deployed as they are: a fresh stack has no drift, and what its outputs resolve to here is what
//! CloudFormation made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::OnceLock;

use driftlead::change::Change;
use driftlead::declared::holes;
use driftlead::declared::template::{Counts, Exists, Template};
use driftlead::drift::cloudformation::{OnDisk, outputs};
use driftlead::drift::run::Against;
use driftlead::drift::source::{Desk, Source};
use driftlead::inventory::Snapshot;
use driftlead::services;
use libtest_mimic::Failed;
use serde_json::Value;

use crate::account;
use crate::support::bed::Bed;
use crate::support::real;

/// The fewest templates that the emulator is to deploy, and the fewest outputs that are to be held to what it says.
const ENOUGH: (usize, usize) = (50, 40);

/// A template that was deployed.
struct Deployed {
    file: String,
    stack: String,
}

/// An account with a stack for each template, and a snapshot of it.
struct Site {
    account: String,
    inputs: PathBuf,
    snapshot: String,
    deployed: Vec<Deployed>,
    failed: Vec<String>,
}

impl Site {
    fn open(&self) -> Result<Snapshot, Failed> {
        Ok(Snapshot::open(self.snapshot.as_ref(), &services::tables(), &services::views())?)
    }

    /// How many resources a stack has.
    fn made(&self, stack: &str) -> Result<i64, Failed> {
        let sql = "select resource_count from aws_cloudformation_stack where name = ?1";
        Ok(self.open()?.connection().query_row(sql, [stack], |row| row.get(0))?)
    }

    /// The templates of the stacks, as they were written.
    fn templates(&self) -> Result<Vec<Template>, Failed> {
        self.deployed.iter().map(|one| Ok(Template::parse(&std::fs::read_to_string(self.inputs.join(&one.file))?)?)).collect()
    }
}

fn site(bed: &Bed) -> Result<&'static Site, Failed> {
    static BUILT: OnceLock<Result<Site, String>> = OnceLock::new();
    let build = || -> Result<Site, Failed> {
        let account = account();
        let inputs = real::folder().ok_or("there are no real inputs")?;
        let snapshot = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("templates-{account}.db")).display().to_string();
        let lines = bed.script("templates.py", &[&inputs.display().to_string(), &account])?;
        let (mut deployed, mut failed) = (Vec::new(), Vec::new());
        for line in lines.lines() {
            let one: Value = serde_json::from_str(line)?;
            let text = |name: &str| one[name].as_str().unwrap_or("").to_owned();
            match one["status"].as_str() {
                Some("deployed") => deployed.push(Deployed { file: text("file"), stack: text("stack") }),
                _ => failed.push(format!("{}: {}", text("file"), text("reason"))),
            }
        }
        bed.any(&account, &["snapshot", "-o", &snapshot, "--region", "us-east-1"])?;
        Ok(Site { account, inputs, snapshot, deployed, failed })
    };
    let said = |failed: Failed| failed.message().unwrap_or("it failed without a word").to_owned();
    BUILT.get_or_init(|| build().map_err(said)).as_ref().map_err(Failed::from)
}

/// Nothing of what was just deployed is changed, missing or added, and every stack was looked at.
pub fn fresh(bed: &Bed) -> Result<(), Failed> {
    let site = site(bed)?;
    println!("{} templates deployed, {} not:", site.deployed.len(), site.failed.len());
    site.failed.iter().for_each(|why| println!("  {why}"));
    let run = bed.run(&site.account, &["drift", "--cloudformation", "--from", &site.snapshot, "--no-verdicts"])?;
    let drift = &run.report["drift"];
    let sources: Vec<&str> = drift["scope"]["sources"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut wrong = Vec::new();
    for one in &site.deployed {
        let said = sources.iter().find(|said| said.starts_with(&format!("stack {} in ", one.stack)));
        let made = format!(": {} of ", site.made(&one.stack)?);
        if !said.is_some_and(|said| said.contains(&made)) {
            wrong.push(format!("{} was compared as {said:?}, and CloudFormation made{made}its resources", one.stack));
        }
    }
    let mut unknown: BTreeMap<&str, u64> = BTreeMap::new();
    for change in drift["changes"].as_array().into_iter().flatten() {
        match change["kind"].as_str() {
            Some("unknown") => *unknown.entry(change["reason"].as_str().unwrap_or("")).or_insert(0) += 1,
            kind => wrong.push(format!(
                "{} {} {} of {} {}: {}",
                kind.unwrap_or(""),
                change["table"],
                change["resource"],
                change["declared"]["name"],
                change["declared"]["address"],
                change["columns"]
            )),
        }
    }
    let number = |name: &str| drift["scope"][name].as_u64().unwrap_or(0);
    let most = |name: &str| {
        let mut all: Vec<(&String, u64)> =
            drift["scope"][name].as_object().into_iter().flatten().map(|(what, count)| (what, count.as_u64().unwrap_or(0))).collect();
        all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        println!("{name}: {} in {} words", all.iter().map(|(_, count)| count).sum::<u64>(), all.len());
        all.iter().take(25).for_each(|(what, count)| println!("  {count:>5}  {what}"));
    };
    println!("{} resources declared, {} rows and {} values compared", number("declared"), number("compared"), number("values"));
    ["unresolved", "unsupported", "properties"].into_iter().for_each(most);
    unknown.iter().for_each(|(why, count)| println!("unknown: {count:>5}  {why}"));
    if site.deployed.len() < ENOUGH.0 {
        wrong.push(format!("only {} templates were deployed", site.deployed.len()));
    }
    if !matches!(run.code, 0 | 3) {
        wrong.push(format!("the exit code is {}", run.code));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// The templates as they were written, not as they are in the snapshot, say the same.
pub fn on_disk(bed: &Bed) -> Result<(), Failed> {
    let site = site(bed)?;
    let (snapshot, tables) = (site.open()?, services::tables());
    let on_disk = |(one, template): (&Deployed, Template)| -> Box<dyn Source> {
        Box::new(OnDisk { path: site.inputs.join(&one.file), template, stack: one.stack.clone(), region: None })
    };
    let sources: Vec<_> = site.deployed.iter().zip(site.templates()?).map(on_disk).collect();
    let mut changes = Vec::new();
    let mut take = |change| {
        changes.push(change);
        Ok(())
    };
    let comparison = Against { found: snapshot.connection(), tables: &tables, kinds: services::kinds() };
    let scope = comparison.run(&sources, &mut take, &mut |_| Ok(()))?;
    let wrong: Vec<String> = changes.iter().map(|change: &Change| format!("{change:?}")).collect();
    println!("{} resources declared, {} rows and {} values compared", scope.declared, scope.compared, scope.values);
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Each output that can be resolved here is what DescribeStacks says of it.
pub fn resolved(bed: &Bed) -> Result<(), Failed> {
    let site = site(bed)?;
    let snapshot = site.open()?;
    let desk = Desk::new(snapshot.connection(), &services::tables(), services::kinds())?;
    let (mut same, mut open, mut wrong) = (0, BTreeMap::<String, u64>::new(), Vec::new());
    let mut counts = Counts::default();
    for (one, template) in site.deployed.iter().zip(site.templates()?) {
        let told = told(&snapshot, &one.stack)?;
        let mut declared = BTreeSet::new();
        for output in outputs(&desk, &one.stack, &template)? {
            counts.add(&output.counts);
            match (&output.exists, told.get(&output.name)) {
                (Exists::Unknown(why), _) => *open.entry(why.clone()).or_insert(0) += 1,
                (Exists::No, None) => continue,
                (Exists::Yes, Some(value)) if holes(&output.value).is_empty() => match output.value.as_str() == Some(value) {
                    true => same += 1,
                    false => wrong.push(format!("{} {}: {} here, {value} there", one.stack, output.name, output.value)),
                },
                (Exists::Yes, Some(_)) => {
                    for why in holes(&output.value) {
                        *open.entry(why.to_owned()).or_insert(0) += 1;
                    }
                }
                (exists, value) => wrong.push(format!("{} {}: {exists:?} here, {value:?} there", one.stack, output.name)),
            }
            declared.insert(output.name);
        }
        let more = told.keys().filter(|name| !declared.contains(*name));
        wrong.extend(more.map(|name| format!("{} {name}: the template does not have it", one.stack)));
    }
    println!("{same} outputs are the same, {} are not resolved", open.values().sum::<u64>());
    open.iter().for_each(|(why, count)| println!("  {count:>5}  {why}"));
    println!("{} expressions resolved, {} not: {:?}", counts.resolved, counts.unresolved_total(), counts.unresolved);
    if same < ENOUGH.1 {
        wrong.push(format!("only {same} outputs were held to what CloudFormation says"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// What AWS says of a stack's outputs.
fn told(snapshot: &Snapshot, stack: &str) -> Result<BTreeMap<String, String>, Failed> {
    let sql =
        "select o.output_key, o.value from aws_cloudformation_stack_output as o join aws_cloudformation_stack as s using (arn, account_id)
        where s.name = ?1";
    let mut statement = snapshot.connection().prepare(sql)?;
    let rows = statement.query_map([stack], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
