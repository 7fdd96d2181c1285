//! Every check's proof, and that it takes no longer than it must: one test a check each. `cargo test --test checks vpc/` runs those of one folder.

mod support;

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use support::{crew, program, proof, steps};

fn main() {
    let arguments = Arguments::from_args();
    let root = program::root().join("checks");
    let trials = files(&root).into_iter().flat_map(|path| [trial(&root, path.clone()), growth(&root, path)]);
    let trials = trials.chain([Trial::test("several threads say what one says", || crew::says_the_same().map_err(Failed::from))]).collect();
    libtest_mimic::run(&arguments, trials).exit();
}

fn trial(root: &Path, path: PathBuf) -> Trial {
    let name = path.strip_prefix(root).unwrap_or(&path).with_extension("").to_string_lossy().into_owned();
    let root = root.to_owned();
    Trial::test(name, move || {
        let check = proof::load(&root, &path).map_err(Failed::from)?;
        let beside = path.with_extension("test.toml");
        let text = std::fs::read_to_string(&beside).map_err(|error| Failed::from(format!("{}: {error}", beside.display())))?;
        proof::prove(&check, &text).map_err(Failed::from)
    })
}

fn growth(root: &Path, path: PathBuf) -> Trial {
    let name = path.strip_prefix(root).unwrap_or(&path).with_extension("").to_string_lossy().into_owned();
    let root = root.to_owned();
    Trial::test(format!("{name} grows with its rows"), move || {
        let check = proof::load(&root, &path).map_err(Failed::from)?;
        let text = std::fs::read_to_string(path.with_extension("test.toml"))?;
        steps::grows_with_its_rows(&check, &text).map_err(Failed::from)
    })
}

fn files(root: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let mut paths: Vec<_> =
            std::fs::read_dir(folder).expect("a folder of checks").map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        paths
    };
    let folders = entries(root).into_iter().filter(|path| path.is_dir());
    folders.flat_map(|folder| entries(&folder)).filter(|path| path.extension().is_some_and(|suffix| suffix == "sql")).collect()
}
