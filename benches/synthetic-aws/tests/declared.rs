//! The server knows every call that driftlead declares.

use std::path::{Path, PathBuf};

use synthetic_aws::services;

/// The sources under a folder.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source");
            found.push((path, text));
        }
    }
    found
}

/// What a text has between two others.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

/// The (id of the API, action) pairs of a source's `calls! { API "prefix": Action, … }`.
fn declared(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("calls! {") {
        let Some((head, list)) = text[at..].split_once('}').and_then(|(block, _)| block.split_once(':')) else { continue };
        let Some(api) = head.trim_start_matches("calls! {").split_whitespace().next() else { continue };
        let Some(id) = between(text, &format!("{api}: &Api"), ";").and_then(|declaration| between(declaration, "id: \"", "\"")) else {
            continue;
        };
        let code: String = list.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
        for item in code.split(',') {
            let name: String = item.trim().chars().take_while(char::is_ascii_alphanumeric).collect();
            if !name.is_empty() {
                found.push((id.to_owned(), name));
            }
        }
    }
    found
}

#[test]
fn every_declared_call_is_known() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src/services");
    let calls: Vec<(String, String)> = sources(&folder).iter().flat_map(|(_, text)| declared(text)).collect();
    assert!(calls.len() > 150, "only {} declared calls were found: has the declaration changed its shape?", calls.len());
    let knows = |(id, action): &&(String, String)| {
        services::ALL.iter().any(|service| service.id == id && services::find(service.name, action).is_some())
    };
    let unknown: Vec<String> = calls.iter().filter(|call| !knows(call)).map(|(id, action)| format!("{id} {action}")).collect();
    assert!(unknown.is_empty(), "declared by driftlead and not known here: {unknown:?}");
}
