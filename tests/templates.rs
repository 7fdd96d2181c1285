//! Templates that nobody here wrote: all are read, each of their expressions is resolved or is a hole that says why, and what is kept
//! of them resolves as before. Without the folder of inputs nothing is run, and that is said aloud.

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use driftlead::declared::template::{Counts, Declared, Keep, Template, World, reduce, resolve};
use driftlead::declared::{holes, is_hole};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;
use support::real;

type Test = fn(&Path) -> Result<(), Failed>;

const TESTS: &[(&str, Test)] = &[
    ("every real template is read", all_are_read),
    ("every expression is resolved or counted", all_is_counted),
    ("what is kept of a template resolves as before", reduced_is_the_same),
    ("a template cut off anywhere is an error and no crash", cut_off),
];

fn main() {
    let arguments = Arguments::from_args();
    let folder = real::folder();
    if folder.is_none() {
        real::say_not_run();
    }
    let trial = |(name, test): &(&'static str, Test)| {
        let (folder, test) = (folder.clone(), *test);
        let is_off = folder.is_none();
        Trial::test(*name, move || folder.as_deref().map_or(Err("there are no real inputs".into()), test)).with_ignored_flag(is_off)
    };
    libtest_mimic::run(&arguments, TESTS.iter().map(trial).collect()).exit();
}

fn texts(folder: &Path) -> Vec<(String, String)> {
    [real::texts(folder, "cloudformation"), real::texts(folder, "cdk")].concat()
}

fn templates(folder: &Path) -> Result<Vec<(String, Template)>, Failed> {
    let parsed = |(name, text): (String, String)| match Template::parse(&text) {
        Ok(template) => Ok((name, template)),
        Err(error) => Err(Failed::from(format!("{name}: {error}"))),
    };
    texts(folder).into_iter().map(parsed).collect()
}

/// A stack of which nothing is known but where it is.
struct Nowhere;

impl World for Nowhere {
    fn account_id(&self) -> &str {
        "111122223333"
    }
    fn region(&self) -> &str {
        "us-east-1"
    }
    fn partition(&self) -> &str {
        "aws"
    }
    fn url_suffix(&self) -> &str {
        "amazonaws.com"
    }
    fn stack_id(&self) -> Option<&str> {
        None
    }
    fn stack_name(&self) -> Option<&str> {
        None
    }
    fn notification_arns(&self) -> Option<Vec<String>> {
        None
    }
    fn parameter(&self, _name: &str) -> Option<Value> {
        None
    }
    fn physical_id(&self, _logical_id: &str) -> Option<String> {
        None
    }
    fn attribute(&self, _logical_id: &str, _resource_type: &str, _attribute: &str) -> Result<Value, String> {
        Err("nothing is known of it".to_owned())
    }
    fn import(&self, _export: &str) -> Option<String> {
        None
    }
    fn availability_zones(&self, _region: &str) -> Option<Vec<String>> {
        None
    }
}

/// The same, once it is deployed with its defaults.
struct Deployed<'t>(&'t Template);

impl World for Deployed<'_> {
    fn account_id(&self) -> &str {
        Nowhere.account_id()
    }
    fn region(&self) -> &str {
        "us-east-1"
    }
    fn partition(&self) -> &str {
        "aws"
    }
    fn url_suffix(&self) -> &str {
        "amazonaws.com"
    }
    fn stack_id(&self) -> Option<&str> {
        Some("arn:aws:cloudformation:us-east-1:111122223333:stack/s/1")
    }
    fn stack_name(&self) -> Option<&str> {
        Some("s")
    }
    fn notification_arns(&self) -> Option<Vec<String>> {
        Some(Vec::new())
    }
    fn parameter(&self, name: &str) -> Option<Value> {
        self.0.parameter(name)?.default.cloned()
    }
    fn physical_id(&self, logical_id: &str) -> Option<String> {
        Some(format!("id-{logical_id}"))
    }
    fn attribute(&self, logical_id: &str, resource_type: &str, attribute: &str) -> Result<Value, String> {
        Ok(format!("{resource_type}/{logical_id}/{attribute}").into())
    }
    fn import(&self, export: &str) -> Option<String> {
        Some(format!("import-{export}"))
    }
    fn availability_zones(&self, region: &str) -> Option<Vec<String>> {
        Some(["a", "b", "c", "d", "e", "f"].map(|zone| format!("{region}{zone}")).into())
    }
}

fn all_are_read(folder: &Path) -> Result<(), Failed> {
    let all = templates(folder)?;
    for (name, template) in &all {
        if template.resources().count() == 0 {
            return Err(format!("{name}: has no resources").into());
        }
    }
    println!("{} templates, {} resources", all.len(), all.iter().map(|(_, template)| template.resources().count()).sum::<usize>());
    Ok(())
}

fn all_is_counted(folder: &Path) -> Result<(), Failed> {
    let mut totals = [("nothing is known", Counts::default()), ("deployed with its defaults", Counts::default())];
    let mut misunderstood = BTreeSet::new();
    for (name, template) in templates(folder)? {
        for (i, declared) in [resolve(&template, &Nowhere), resolve(&template, &Deployed(&template))].into_iter().enumerate() {
            for one in declared {
                if let Some(left) = intrinsic_in(&one.properties) {
                    return Err(format!("{name}: {}: {left} is left over", one.logical_id).into());
                }
                if !holes(&one.properties).is_empty() && one.counts.unresolved.is_empty() {
                    return Err(format!("{name}: {}: has holes that are not counted", one.logical_id).into());
                }
                totals[i].1.add(&one.counts);
                misunderstood.extend(holes(&one.properties).into_iter().filter(|why| why.starts_with("Fn::")).map(str::to_owned));
            }
        }
    }
    for (what, counts) in &totals {
        println!("{what}: {} expressions resolved, {} not", counts.resolved, counts.unresolved_total());
        for (cause, count) in &counts.unresolved {
            println!("  {count:>5}  {cause}");
        }
    }
    println!("not understood: {misunderstood:#?}");
    let [(_, nowhere), (_, deployed)] = &totals;
    let is_better = deployed.resolved > nowhere.resolved && deployed.unresolved_total() * 20 < deployed.resolved;
    if is_better { Ok(()) } else { Err("a deployed stack leaves too much unresolved".into()) }
}

/// An intrinsic that stands in a resolved value.
fn intrinsic_in(value: &Value) -> Option<&str> {
    match value {
        _ if is_hole(value).is_some() => None,
        Value::Array(items) => items.iter().find_map(intrinsic_in),
        Value::Object(members) => {
            let own = members.keys().find(|name| members.len() == 1 && (*name == "Ref" || name.starts_with("Fn::")));
            own.map(String::as_str).or_else(|| members.values().find_map(intrinsic_in))
        }
        _ => None,
    }
}

/// Every property of the first level or, of every second, the members below it, are kept in turn.
fn reduced_is_the_same(folder: &Path) -> Result<(), Failed> {
    let mut compared = 0;
    for (name, template) in templates(folder)? {
        let all = kept_paths(&template);
        for turn in 0..3 {
            let chosen: Vec<&(String, String)> = all.iter().enumerate().filter(|(i, _)| i % 3 == turn).map(|(_, one)| one).collect();
            let keep = |kind: &str| {
                let own = chosen.iter().filter(|(of, _)| of == kind);
                Some(own.map(|(_, path)| Keep { path: path.clone(), names_only: false }).collect())
            };
            let smaller = Template::of(reduce(&template, &keep, &|_| false)).map_err(|error| format!("{name}: {error}"))?;
            let worlds = |of: &Template| [resolve(of, &Nowhere), resolve(of, &Deployed(&template))].concat();
            for (full, small) in worlds(&template).into_iter().zip(worlds(&smaller)) {
                if (&full.logical_id, &full.exists) != (&small.logical_id, &small.exists) {
                    return Err(format!("{name}: {} is not {}", full.logical_id, small.logical_id).into());
                }
                for (_, path) in chosen.iter().filter(|(of, _)| *of == full.resource_type) {
                    let [before, after] = [&full, &small].map(|one: &Declared| found(&one.properties, path));
                    compared += 1;
                    if before != after {
                        return Err(format!("{name}: {}.{path} is not the same", full.logical_id).into());
                    }
                }
            }
        }
    }
    println!("{compared} properties compared");
    if compared > 1000 { Ok(()) } else { Err(format!("only {compared} properties were compared").into()) }
}

/// Paths of properties, with the type of which they are: whole ones, members, members of items.
fn kept_paths(template: &Template) -> BTreeSet<(String, String)> {
    let mut paths = BTreeSet::new();
    for resource in template.resources() {
        for (name, value) in resource.properties.and_then(Value::as_object).into_iter().flatten() {
            paths.insert((resource.resource_type.to_owned(), name.clone()));
            below(value, name, &mut |path| {
                paths.insert((resource.resource_type.to_owned(), path));
            });
        }
    }
    paths
}

fn below(value: &Value, path: &str, add: &mut dyn FnMut(String)) {
    match value {
        Value::Object(members) if members.keys().any(|name| name == "Ref" || name.starts_with("Fn::")) => {
            // What a condition chooses between has the same names.
            let branches = members.get("Fn::If").and_then(Value::as_array).into_iter().flatten().skip(1);
            branches.for_each(|branch| below(branch, path, add));
        }
        Value::Object(members) => {
            for (name, value) in members.iter().filter(|(name, _)| !name.contains(['.', '['])) {
                let path = format!("{path}.{name}");
                add(path.clone());
                below(value, &path, add);
            }
        }
        Value::Array(items) => {
            let path = format!("{path}[]");
            add(path.clone());
            items.iter().for_each(|item| below(item, &path, add));
        }
        _ => {}
    }
}

/// What lies at a path; a hole on the way is what is found.
fn found(value: &Value, path: &str) -> Vec<Value> {
    if path.is_empty() || is_hole(value).is_some() {
        return vec![value.clone()];
    }
    if let Some(rest) = path.strip_prefix("[]") {
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        return value.as_array().into_iter().flatten().flat_map(|item| found(item, rest)).collect();
    }
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let rest = path[end..].strip_prefix('.').unwrap_or(&path[end..]);
    value.get(&path[..end]).map(|value| found(value, rest)).into_iter().flatten().collect()
}

fn cut_off(folder: &Path) -> Result<(), Failed> {
    let mut tried = 0;
    for (name, text) in texts(folder) {
        // Large ones in larger steps, of which none falls on the same column again and again: a reading takes as long as the text.
        let step = 50.max(text.len() / 40) | 1;
        for end in (0..text.len()).step_by(step).filter(|end| text.is_char_boundary(*end)) {
            tried += 1;
            if let Ok(template) = Template::parse(&text[..end]) {
                resolve(&template, &Nowhere);
                reduce(&template, &|_| None, &|_| false);
            } else if name.ends_with(".json") && text[end..].trim().is_empty() {
                return Err(format!("{name}: is not read without the blanks at its end").into());
            }
        }
    }
    println!("{tried} texts tried");
    Ok(())
}
