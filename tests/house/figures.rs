//! Figures of benchmarks on a page are those of the committed JSON, a missed target among them.
//!
//! ```text
//! <!-- figures: benches/results/scale.json -->
//! …the tables that `scale page` makes of it…
//! <!-- /figures -->
//! ```

use serde_json::Value;

use super::source::{hold, read, tracked};
use crate::support::program::root;

#[path = "../../benches/scale/src/page.rs"]
mod page;

const OPEN: &str = "<!-- figures: ";
const CLOSE: &str = "<!-- /figures -->";
const RESULTS: &str = "benches/results/";

/// Set to rewrite what is generated.
const UPDATE: &str = "UPDATE_README";

fn tables(file: &str) -> String {
    let figures: Value = serde_json::from_str(&read(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    page::page(&figures)
}

/// The text with its blocks as the files of figures have them, and those files.
fn renewed(page: &str, text: &str, tables: impl Fn(&str) -> String) -> (String, Vec<String>) {
    let (mut out, mut rest, mut files) = (String::new(), text, Vec::new());
    while let Some(start) = rest.find(OPEN) {
        let marker = &rest[start + OPEN.len()..];
        let (file, after) = marker.split_once(" -->\n").unwrap_or_else(|| panic!("{page}: a marker is never closed: {marker:.80}"));
        let end = after.find(CLOSE).unwrap_or_else(|| panic!("{page}: `{file}` has no {CLOSE}"));
        out += &format!("{}{OPEN}{file} -->\n{}{CLOSE}", &rest[..start], tables(file));
        rest = &after[end + CLOSE.len()..];
        files.push(file.to_owned());
    }
    (out + rest, files)
}

#[test]
fn figures_on_a_page_are_those_that_were_measured() {
    let (mut stale, mut shown) = (Vec::new(), Vec::new());
    // What explains the markers shows one.
    for path in tracked().into_iter().filter(|path| path.ends_with(".md") && path != "benches/README.md") {
        let text = read(&path);
        let (current, files) = renewed(&path, &text, tables);
        shown.extend(files);
        if current == text {
            continue;
        }
        if std::env::var_os(UPDATE).is_some() {
            std::fs::write(root().join(&path), current).unwrap_or_else(|error| panic!("{path}: {error}"));
        } else {
            stale.push(path);
        }
    }
    hold(&format!("A page shows figures that were not measured: `{UPDATE}=1 cargo test --test house figures` writes it anew."), &stale);
    let is_hidden = |path: &String| path.starts_with(RESULTS) && path.ends_with(".json") && !shown.contains(path);
    let hidden: Vec<String> = tracked().into_iter().filter(is_hidden).collect();
    hold(&format!("Figures that no page shows: put `{OPEN}FILE -->` and `{CLOSE}` on one."), &hidden);
}

#[test]
fn a_block_is_renewed_and_the_rest_stays() {
    let text = format!("a\n{OPEN}x.json -->\nold\n{CLOSE}\nb\n");
    let (new, files) = renewed("page", &text, |file| format!("tables of {file}\n"));
    assert_eq!(new, format!("a\n{OPEN}x.json -->\ntables of x.json\n{CLOSE}\nb\n"));
    assert_eq!(files, ["x.json"]);
}
