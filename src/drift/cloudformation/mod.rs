//! CloudFormation as a source: every stack of a snapshot by its own template, or templates on disk against the stack of that name.
//!
//! DetectStackDrift is not asked: it writes, it looks only at what a template sets explicitly, and it stops at nested stacks. Here a
//! nested stack is a stack like any other.

mod world;

use rusqlite::Connection;
use serde_json::{Map, Value};

use self::world::StackWorld;
use super::age::columns_of;
use super::source::{Desk, Resource, Source, blank};
use crate::change::{Change, Kind as ChangeKind, Origin};
use crate::check::Standing;
use crate::declared::template::{self, Declared, Exists, Output, Template, resolve};
use crate::inventory::kind::Words;

/// The tables that the stacks are in.
const STACKS: &str = "aws_cloudformation_stack";
const TEMPLATES: &str = "aws_cloudformation_stack_template";

/// The stacks of a snapshot, as their own templates declare them.
#[derive(Debug, Clone, Default)]
pub struct Stacks {
    /// Names of stacks, patterns allowed; empty for all.
    pub names: Vec<globset::GlobMatcher>,
    /// None of them is told of: they only keep what they declare from being called undeclared.
    pub is_quiet: bool,
}

/// A template on disk, and the name of the stack that it is for.
#[derive(Debug, Clone)]
pub struct OnDisk {
    /// The file.
    pub path: std::path::PathBuf,
    /// What it says.
    pub template: Template,
    /// The stack.
    pub stack: String,
    /// The region of the stack, where the folder says so; otherwise there must be one stack of that name.
    pub region: Option<String>,
}

/// A stack that can be compared.
#[derive(Debug, Clone)]
pub(super) struct Stack {
    arn: String,
    account: String,
    region: String,
    name: String,
    status: Option<String>,
    parameters: Map<String, Value>,
    resolved: Map<String, Value>,
    tags: Map<String, Value>,
    has_resources: bool,
}

impl Source for Stacks {
    fn declare(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        desk.is_quiet = self.is_quiet;
        unread_lists(desk)?;
        let mut matched = vec![false; self.names.len()];
        for stack in stacks(desk.found)? {
            let hits = self.names.iter().enumerate().filter(|(_, name)| name.is_match(&stack.name));
            let hits: Vec<usize> = hits.map(|(i, _)| i).collect();
            hits.iter().for_each(|i| matched[*i] = true);
            // What other stacks declare is theirs: a rule that one of them adds to a group of this one.
            desk.is_quiet = self.is_quiet || (hits.is_empty() && !self.names.is_empty());
            if !desk.is_quiet || !desk.stood_for.contains(&stack.arn) {
                live(desk, &stack)?;
            }
        }
        desk.is_quiet = false;
        if let Some(i) = matched.iter().position(|hit| !hit) {
            let known: Vec<String> = stacks(desk.found)?.into_iter().map(|stack| stack.name).collect();
            let known = if known.is_empty() { "there is none".to_owned() } else { format!("there are {}", known.join(", ")) };
            anyhow::bail!("no stack is called `{}`; {known}", self.names[i].glob());
        }
        Ok(())
    }
}

impl Source for OnDisk {
    fn declare(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let here = |stack: &Stack| stack.name == self.stack && self.region.as_ref().is_none_or(|region| *region == stack.region);
        let mut found: Vec<Stack> = stacks(desk.found)?.into_iter().filter(here).collect();
        let Some(stack) = found.pop() else {
            unread_lists(desk)?;
            let why = desk.early.first().map(|change| format!(" (not all stacks could be listed: {})", change.reason));
            anyhow::bail!(
                "{}: there is no stack `{}` in this account{}{}; --stack NAME says which one the template is for",
                self.path.display(),
                self.stack,
                self.region.as_ref().map_or_else(String::new, |region| format!(" in {region}")),
                why.as_deref().unwrap_or(""),
            );
        };
        if let Some(other) = found.pop() {
            anyhow::bail!(
                "{}: the stack `{}` is in {} and in {}: say which with --region",
                self.path.display(),
                self.stack,
                other.region,
                stack.region
            );
        }
        desk.stood_for.insert(stack.arn.clone());
        let unit = self.path.display().to_string();
        if !stack.has_resources {
            return Ok(not_told(desk, &stack)?);
        }
        compare(desk, &stack, &self.template, "template", &unit)?;
        if self.template.has_transform() {
            // What macros add is not in the file: the stack has it rightly.
            desk.scope.remarks.push(format!("{unit}: macros make more of it; what only the stack has is not told."));
            return Ok(());
        }
        undeclared(desk, &stack, &self.template, &unit)
    }
}

/// What a stack's outputs are by a template, as far as the snapshot tells: to be held to what AWS says they are.
///
/// # Errors
/// When there is no such stack, or the snapshot cannot be asked.
pub fn outputs(desk: &Desk<'_>, name: &str, template: &Template) -> anyhow::Result<Vec<Output>> {
    let stack = stacks(desk.found)?.into_iter().find(|stack| stack.name == name);
    let Some(stack) = stack else { anyhow::bail!("there is no stack `{name}`") };
    let world = StackWorld::new(desk, &stack, template)?;
    let told = template::outputs(template, &world);
    world.finish()?;
    Ok(told)
}

/// Every stack that there is, not those that are only a change set so far or are gone.
fn stacks(found: &Connection) -> rusqlite::Result<Vec<Stack>> {
    // Snapshots of older versions have no values of SSM parameters.
    let has_resolved = columns_of(found, STACKS)?.contains("resolved_parameters");
    let resolved = if has_resolved { "resolved_parameters" } else { "null" };
    let sql = format!(
        "select arn, account_id, region, name, stack_status, parameters, {resolved}, tags, resource_count is not null from {STACKS}
         where coalesce(stack_status, '') not in ('REVIEW_IN_PROGRESS', 'DELETE_COMPLETE') order by account_id, region, name"
    );
    let map =
        |text: Option<String>| text.as_deref().map_or_else(Map::new, |text| serde_json::from_str(text).unwrap_or_else(|_| Map::new()));
    let stack = |row: &rusqlite::Row<'_>| {
        Ok(Stack {
            arn: row.get(0)?,
            account: row.get(1)?,
            region: row.get(2)?,
            name: row.get(3)?,
            status: row.get(4)?,
            parameters: map(row.get(5)?),
            resolved: map(row.get(6)?),
            tags: map(row.get(7)?),
            has_resources: row.get(8)?,
        })
    };
    found.prepare(&sql)?.query_map([], stack)?.collect()
}

/// Places in which nobody knows which stacks there are.
fn unread_lists(desk: &mut Desk<'_>) -> rusqlite::Result<()> {
    let mut told = Vec::new();
    {
        let standing = Standing::of(desk.found)?;
        for account in standing.accounts() {
            for region in standing.places_of(STACKS, account) {
                if let Some(missing) = standing.hole(STACKS, account, &region)? {
                    told.push((account.to_owned(), region, missing.sentence()));
                }
            }
        }
    }
    for (account, region, why) in told {
        desk.unread(&account, &region, STACKS, "", &why);
    }
    Ok(())
}

/// Why something of a stack was not read.
fn why(desk: &Desk<'_>, stack: &Stack, table: &str) -> rusqlite::Result<String> {
    let standing = Standing::of(desk.found)?;
    if let Some(missing) = standing.hole(table, &stack.account, &stack.region)? {
        return Ok(missing.sentence());
    }
    let gap = standing.item_gap(&[table.to_owned()].into(), std::slice::from_ref(&stack.arn), &stack.account, &stack.region)?;
    Ok(gap.map_or_else(|| "it was not read".to_owned(), |gap| gap.sentence()))
}

/// Notes that nobody knows what a stack made.
fn not_told(desk: &mut Desk<'_>, stack: &Stack) -> rusqlite::Result<()> {
    let why = why(desk, stack, STACKS)?;
    desk.unread(&stack.account, &stack.region, STACKS, &stack.arn, &format!("what the stack made is not known: {why}"));
    Ok(())
}

/// A stack by the template that the snapshot has of it.
fn live(desk: &mut Desk<'_>, stack: &Stack) -> anyhow::Result<()> {
    if !stack.has_resources {
        return Ok(not_told(desk, stack)?);
    }
    if !columns_of(desk.found, TEMPLATES)?.contains("body") {
        let why = "its template is not known: the snapshot was taken by an older driftlead, which kept none";
        desk.unread(&stack.account, &stack.region, STACKS, &stack.arn, why);
        return Ok(());
    }
    let sql = format!("select body from {TEMPLATES} where arn = ?1 and account_id = ?2");
    let body: Option<Option<String>> = {
        let mut statement = desk.found.prepare_cached(&sql)?;
        let mut rows = statement.query([&stack.arn, &stack.account])?;
        rows.next()?.map(|row| row.get(0)).transpose()?
    };
    let template = body.flatten().map(|text| Template::parse(&text)).transpose();
    match template {
        Ok(Some(template)) => compare(desk, stack, &template, "cloudformation", &stack.arn),
        Ok(None) => {
            let why = why(desk, stack, TEMPLATES)?;
            desk.unread(&stack.account, &stack.region, STACKS, &stack.arn, &format!("its template is not known: {why}"));
            Ok(())
        }
        Err(error) => {
            desk.unread(&stack.account, &stack.region, STACKS, &stack.arn, &format!("its template is not understood: {error}"));
            Ok(())
        }
    }
}

fn compare(desk: &mut Desk<'_>, stack: &Stack, template: &Template, source: &str, unit: &str) -> anyhow::Result<()> {
    if let Some(status) = stack.status.as_ref().filter(|status| status.ends_with("_IN_PROGRESS")) {
        desk.unread(
            &stack.account,
            &stack.region,
            STACKS,
            &stack.arn,
            &format!("the stack is being changed ({status}): look again when it is done"),
        );
        return Ok(());
    }
    let world = StackWorld::new(desk, stack, template)?;
    let declared = resolve(template, &world);
    world.finish()?;
    let physical = world.into_physical();
    let mut taken = 0;
    for resource in &declared {
        taken += u64::from(one(desk, stack, resource, &physical, source, unit)?);
    }
    if desk.is_quiet {
        return Ok(());
    }
    desk.scope.sources.push(format!("stack {} in {}: {taken} of {} resources", stack.name, stack.region, declared.len()));
    Ok(())
}

fn one(
    desk: &mut Desk<'_>,
    stack: &Stack,
    resource: &Declared,
    physical: &std::collections::BTreeMap<String, world::Made>,
    source: &str,
    unit: &str,
) -> anyhow::Result<bool> {
    match &resource.exists {
        Exists::Yes => {}
        Exists::No => return Ok(false),
        // What the stack has made exists, whatever the condition is.
        Exists::Unknown(_) if physical.contains_key(&resource.logical_id) => {}
        Exists::Unknown(_) if desk.is_quiet => return Ok(false),
        Exists::Unknown(why) => {
            *desk.scope.unresolved.entry(format!("whether {} exists: {why}", resource.logical_id)).or_default() += 1;
            return Ok(false);
        }
    }
    let origin = Origin {
        source: source.to_owned(),
        unit: unit.to_owned(),
        name: stack.name.clone(),
        address: resource.logical_id.clone(),
        type_name: resource.resource_type.clone(),
    };
    let Some(made) = physical.get(&resource.logical_id) else {
        desk.not_deployed(&stack.account, &stack.region, &origin);
        return Ok(false);
    };
    if !desk.is_quiet {
        count_properties(desk, resource);
    }
    let properties = kept(&resource.properties);
    desk.take(&Resource {
        words: Words::CloudFormation,
        document: &properties,
        physical_id: Some(&made.physical_id),
        account: &stack.account,
        region: &stack.region,
        other_tags: &stack.tags,
        origin: &origin,
    })?;
    Ok(true)
}

/// The properties with a hole where the snapshot kept no value: another version of driftlead had no use for it, and took it out.
fn kept(value: &Value) -> Value {
    match value {
        Value::Null => crate::declared::hole("a value that the snapshot did not keep"),
        Value::Array(items) => items.iter().map(kept).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), kept(value))).collect(),
        other => other.clone(),
    }
}

/// Properties that no column has.
fn count_properties(desk: &mut Desk<'_>, resource: &Declared) {
    let kinds = desk.kinds_of(Words::CloudFormation, &resource.resource_type);
    if kinds.is_empty() {
        return;
    }
    let known: std::collections::BTreeSet<String> = kinds.iter().flat_map(|kind| kind.properties()).map(|(path, _)| head(&path)).collect();
    let names = resource.properties.as_object().into_iter().flat_map(Map::keys);
    let unknown: Vec<String> =
        names.filter(|name| !known.contains(*name)).map(|name| format!("{} {name}", resource.resource_type)).collect();
    for name in unknown {
        *desk.scope.properties.entry(name).or_default() += 1;
    }
}

/// The first name of a path: `SecurityGroupIngress[].CidrIp` is about `SecurityGroupIngress`.
fn head(path: &str) -> String {
    path.split(['.', '[']).next().unwrap_or(path).to_owned()
}

/// What the stack has made and a template on disk does not name.
fn undeclared(desk: &mut Desk<'_>, stack: &Stack, template: &Template, unit: &str) -> anyhow::Result<()> {
    let sql = "select logical_id, resource_type, physical_id from aws_cloudformation_stack_resource
        where arn = ?1 and account_id = ?2 and coalesce(resource_status, '') <> 'DELETE_COMPLETE' order by 1";
    let found = desk.found;
    let mut statement = found.prepare(sql)?;
    let mut rows = statement.query([&stack.arn, &stack.account])?;
    while let Some(row) = rows.next()? {
        let (logical_id, type_name, physical_id): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        // CDK adds this one to every stack, and leaves it out of some templates.
        if template.resource(&logical_id).is_some() || type_name == "AWS::CDK::Metadata" {
            continue;
        }
        let origin =
            Origin { source: "template".to_owned(), unit: unit.to_owned(), name: stack.name.clone(), address: logical_id, type_name };
        let reason = format!("the stack has it ({physical_id}), the template does not");
        let change = Change { reason, ..blank(ChangeKind::Added, &stack.account, &stack.region, STACKS, &stack.arn, Some(origin)) };
        desk.early.push(change.sealed());
    }
    Ok(())
}
