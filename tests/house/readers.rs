//! Readers: one author a table, an order that exists, and tests for every kind of answer.

use std::collections::{BTreeMap, BTreeSet};

use driftlead::plan::Plan;
use driftlead::services;

use super::source::{Source, end_of_block, find_word, hold, is_word, name_at, sources};

/// Answers that a reader's tests need not show, and why.
const CANNOT: &[(&str, &str, &str)] =
    &[("iam/permission", "denied", "it makes no call: what its tables need and was denied is inherited, and unread columns are tested")];

#[test]
fn every_table_is_filled_by_one_reader() {
    let mut authors: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for reader in services::readers() {
        for table in reader.tables {
            authors.entry(table.name).or_default().push(reader.name);
        }
    }
    let wrong: Vec<String> =
        authors.iter().filter(|(_, by)| by.len() > 1).map(|(table, by)| format!("{table}: {}", by.join(", "))).collect();
    hold("`This table was read completely` has one author: let one reader fill the table, or make two tables.", &wrong);
}

#[test]
fn every_reader_has_a_name_of_its_own_in_its_service() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for service in services::ALL {
        for reader in service.readers {
            if reader.name.split_once('/').is_none_or(|(folder, noun)| folder != service.name || noun.is_empty()) {
                wrong.push(format!("{}: is of {}; call it {}/NOUN", reader.name, service.name, service.name));
            }
            if !seen.insert(reader.name) {
                wrong.push(format!("{}: is there twice", reader.name));
            }
            // One that computes makes no call; what it computes from are tables that it needs.
            if reader.tables.is_empty() || (reader.calls.is_empty() && reader.needs.is_empty()) {
                wrong.push(format!("{}: fills no table, or neither makes a call nor needs a table", reader.name));
            }
        }
    }
    hold("A reader is called SERVICE/NOUN, fills tables, and makes calls or computes from tables that it needs.", &wrong);
}

#[test]
fn every_reader_is_registered() {
    let known: BTreeSet<&str> = services::readers().map(|reader| reader.name).collect();
    let written = written();
    let mut wrong: Vec<String> =
        written.iter().filter(|reader| !known.contains(reader.name.as_str())).map(|reader| reader.place.clone()).collect();
    let unseen = known.iter().filter(|name| !written.iter().any(|reader| reader.name == **name));
    wrong.extend(unseen.map(|name| format!("{name}: is declared without `reader! {{ … }}`")));
    hold("Add the reader to `readers` in its service's mod.rs, or nothing will ever run it.", &wrong);
}

#[test]
fn readers_can_be_put_in_an_order() {
    let mut wrong = Vec::new();
    for reader in services::readers() {
        let mut path = vec![reader.name];
        let mut open: Vec<&str> = Plan::needs(reader).iter().map(|needed| needed.name).collect();
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            if name == reader.name {
                path.extend(seen.iter());
                wrong.push(format!("{}: needs itself, by way of {}", reader.name, path.join(", ")));
                break;
            }
            if seen.insert(name) {
                let needed = services::readers().find(|other| other.name == name).expect("a reader that is needed exists");
                open.extend(Plan::needs(needed).iter().map(|needed| needed.name));
            }
        }
        let strangers = reader.needs.iter().filter(|table| services::reader_of(table.name).is_none());
        wrong.extend(strangers.map(|table| format!("{}: needs {}, which nobody fills", reader.name, table.name)));
    }
    hold("A reader needs tables of readers that run before it.", &wrong);
}

/// A reader as it stands in the source.
struct Written {
    name: String,
    place: String,
    file: usize,
    /// The inline module that holds it, or `''`.
    module: String,
}

/// The readers in the source.
fn written() -> Vec<Written> {
    let mut readers = Vec::new();
    for (file, source) in sources().iter().enumerate() {
        for at in find_word(&source.shipped, "reader! {") {
            let name = source.text[at..].split('"').nth(1).expect("a reader's name").to_owned();
            readers.push(Written { name, place: source.place(at), file, module: inline_module(&source.shipped, at) });
        }
    }
    readers
}

/// The innermost inline module around a byte.
fn inline_module(code: &str, at: usize) -> String {
    let around = find_word(code, "mod").filter(|start| *start < at).filter_map(|start| {
        let name = name_at(code[start + 3..].trim_start());
        let open = start + code[start..].find(['{', ';'])?;
        (code.as_bytes()[open] == b'{' && end_of_block(code, open, b'{') > at).then_some(name)
    });
    around.last().unwrap_or("").to_owned()
}

/// The tests of a reader, each a function's text: those that name its `READER`.
fn tests_of(reader: &Written, sources: &[Source]) -> Vec<String> {
    let own = &sources[reader.file];
    let stem = own.modules().last().copied().unwrap_or("").to_owned();
    let mut tests = Vec::new();
    for (file, source) in sources.iter().enumerate() {
        // A sibling's tests may be about it: `use super::super::function::READER`.
        let is_about = file != reader.file && reader.module.is_empty() && source.code.contains(&format!("super::super::{stem}::READER;"));
        let is_sibling = std::path::Path::new(&source.path).parent() == std::path::Path::new(&own.path).parent();
        if file != reader.file && !(is_about && is_sibling) {
            continue;
        }
        for (at, _) in source.code.match_indices("fn ") {
            if source.shipped[at..].starts_with("fn ") {
                continue;
            }
            let open = at + source.code[at..].find('{').unwrap_or(0);
            let end = end_of_block(&source.code, open, b'{');
            let body = &source.code[at..end];
            let module = inline_module(&source.code, at);
            let is_of = find_word(body, "READER").any(|here| match qualifier(body, here) {
                "" => {
                    is_about
                        || module == reader.module
                        || (reader.module.is_empty() && module == "tests")
                        || around(source, at, &reader.module)
                }
                name => name == reader.module,
            });
            if is_of {
                tests.push(body.to_owned());
            }
        }
    }
    tests
}

/// Whether a byte lies in an inline module of that name.
fn around(source: &Source, at: usize, module: &str) -> bool {
    !module.is_empty()
        && source
            .code
            .match_indices(&format!("mod {module} {{"))
            .any(|(start, _)| start < at && end_of_block(&source.code, start, b'{') > at)
}

/// The name before `::` before a byte.
fn qualifier(text: &str, at: usize) -> &str {
    let Some(before) = text[..at].strip_suffix("::") else { return "" };
    let start = before.bytes().rposition(|byte| !is_word(byte)).map_or(0, |start| start + 1);
    &before[start..]
}

/// Which answers a test shows. `four_answers` shows all; others are known by the fault that they inject, and an empty answer by the
/// word that the test has for it.
fn shown(test: &str) -> BTreeSet<&'static str> {
    if find_word(test, "four_answers").next().is_some() {
        return ["normal", "empty", "denied", "paged"].into();
    }
    let mut shown = BTreeSet::new();
    let has = |words: &[&str]| words.iter().any(|word| test.split(|c: char| !c.is_alphanumeric()).any(|found| found == *word));
    if test.contains(".read(") {
        shown.insert("normal");
    }
    if test.contains(".read(") && has(&["nothing", "none", "empty", "without", "missing", "no"]) {
        shown.insert("empty");
    }
    if test.contains("Fault::Denied") {
        shown.insert("denied");
    }
    if test.contains("Fault::CutAfterFirstPage") {
        shown.insert("paged");
    }
    shown
}

#[test]
fn every_reader_stands_every_answer() {
    let sources = sources();
    let mut wrong = Vec::new();
    for reader in written() {
        let own = &sources[reader.file].shipped;
        // A reader that stops on purpose takes a sample; one that never asks for pages has no second one.
        let is_paged = own.contains(".pages(") && !own.contains(".stop()");
        let shown: BTreeSet<&str> = tests_of(&reader, &sources).iter().flat_map(|test| shown(test)).collect();
        for answer in ["normal", "empty", "denied", "paged"] {
            let is_excepted = CANNOT.iter().any(|(name, cannot, _)| *name == reader.name && *cannot == answer);
            let is_needed = answer != "paged" || is_paged;
            match (shown.contains(answer), is_excepted) {
                (false, false) if is_needed => wrong.push(format!("{}: {} has no test of the {answer} answer", reader.place, reader.name)),
                (true, true) => wrong.push(format!("{}: the {answer} answer is tested now; take it out of CANNOT", reader.name)),
                _ => {}
            }
        }
    }
    hold(
        "Test a reader's four answers: `Script::four_answers` for a list; else normal, empty (call it `nothing`, `none`, `empty` or `missing`), \
         `Fault::Denied` and, if it asks for pages, `Fault::CutAfterFirstPage`.",
        &wrong,
    );
}
