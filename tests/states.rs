//! States of Terraform that nobody here wrote: one test a file, and all of them cut off everywhere.

mod support;

use std::collections::BTreeMap;

use driftlead::declared::is_hole;
use driftlead::declared::state::{Instance, State, StateError};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;
use support::real;

/// How the error begins of those that are no state, which their names say.
const WRONG: &[(&str, &str)] = &[
    ("terraform/v4__invalid.tfstate", "is no JSON (key must be a string at line 16, column 7)"),
    ("terraform/v4__invalid_version.tfstate", "says that it was written by Terraform `invalid`, which is no version"),
    ("terraform/v4__unsupported_version.tfstate", "says that it is of version 4 and was written by Terraform 0.10.26"),
];

/// The file is cut off at every one of so many bytes.
const STEP: usize = 50;

fn main() {
    let arguments = Arguments::from_args();
    let Some(folder) = real::folder() else {
        real::say_not_run();
        return;
    };
    let texts = real::texts(&folder, "terraform");
    tell(&texts);
    let trials = texts.into_iter().map(|(name, text)| Trial::test(name.clone(), move || prove(&name, &text)));
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

/// Says what there is, so that a look at the test's output shows what it was about.
fn tell(texts: &[(String, String)]) {
    let states: Vec<State> = texts.iter().filter_map(|(_, text)| State::parse(text.as_bytes()).ok()).collect();
    let mut types: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, count) in states.iter().flat_map(State::types) {
        *types.entry(name).or_default() += count;
    }
    let instances: usize = types.values().sum();
    let data_sources: usize = states.iter().map(|state| state.data_sources).sum();
    let placed = |is: fn(&State, &Instance) -> bool| -> usize {
        states.iter().map(|state| state.instances.iter().filter(|one| is(state, one)).count()).sum()
    };
    let (accounts, regions) = (placed(|state, one| state.account_of(one).is_some()), placed(|state, one| state.region_of(one).is_some()));
    eprintln!(
        "{} files, {} states: {instances} instances ({accounts} tell their account, {regions} their region), {data_sources} data sources",
        texts.len(),
        states.len()
    );
    for (name, count) in types {
        eprintln!("{count:5} {name}");
    }
}

fn prove(name: &str, text: &str) -> Result<(), Failed> {
    let parsed = State::parse(text.as_bytes());
    match (WRONG.iter().find(|(wrong, _)| *wrong == name), parsed) {
        (None, Ok(state)) => is_whole(&state, text)?,
        (None, Err(error)) => return Err(format!("{name} {error}").into()),
        (Some((_, begins)), Ok(_)) => return Err(format!("{name} is read, but is to fail: {begins}").into()),
        (Some((_, begins)), Err(error)) if error.to_string().starts_with(begins) => {}
        (Some((_, begins)), Err(error)) => return Err(format!("{name} {error}, and not: {begins}").into()),
    }
    fails_when_cut_off(name, text.trim_end())
}

/// Nothing is lost: every instance is counted, and every attribute is kept or hidden.
fn is_whole(state: &State, text: &str) -> Result<(), Failed> {
    let whole: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut kept = state.instances.iter();
    let mut others = 0;
    for resource in whole["resources"].as_array().into_iter().flatten() {
        for instance in resource["instances"].as_array().into_iter().flatten() {
            if resource["mode"] != "managed" || !resource["provider"].as_str().is_some_and(|provider| provider.contains("aws")) {
                others += 1;
                continue;
            }
            let one = kept.next().ok_or("an instance is lost")?;
            if let Some(lost) = lost(&instance["attributes"], &one.attributes) {
                return Err(format!("{}: {lost}", one.address).into());
            }
        }
    }
    let counted = state.data_sources + state.other_providers.values().sum::<usize>();
    if counted != others || kept.next().is_some() {
        return Err(format!("{counted} others are counted, there are {others}").into());
    }
    Ok(())
}

/// The place of a value that was changed without being hidden.
fn lost(before: &Value, after: &Value) -> Option<String> {
    match (before, after) {
        (_, after) if is_hole(after).is_some() => None,
        (Value::Object(before), Value::Object(after)) if before.len() == after.len() => before
            .iter()
            .find_map(|(name, before)| lost(before, after.get(name).unwrap_or(&Value::Null)).map(|place| format!("{name}.{place}"))),
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            before.iter().zip(after).find_map(|(before, after)| lost(before, after))
        }
        (before, after) => (before != after).then(|| "is changed".to_owned()),
    }
}

fn fails_when_cut_off(name: &str, text: &str) -> Result<(), Failed> {
    for end in (0..text.len()).step_by(STEP) {
        match State::parse(&text.as_bytes()[..end]) {
            Err(StateError::CutOff { .. } | StateError::Empty | StateError::NotJson { .. }) => {}
            Err(error) => return Err(format!("{name}, cut off at {end}: {error}").into()),
            Ok(_) => return Err(format!("{name}, cut off at {end}, is taken for a state").into()),
        }
    }
    Ok(())
}
