//! Lists what is compiled into the binary from outside of `src`: checks and frameworks. A new file is found without an edit anywhere.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=checks");
    println!("cargo::rerun-if-changed=frameworks");
    println!("cargo::rerun-if-changed=build.rs");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    let mut list = String::from("/// Every check: its id and its text.\npub const CHECKS: &[(&str, &str)] = &[\n");
    for service in sorted(&root.join("checks"))?.into_iter().filter(|path| path.is_dir()) {
        println!("cargo::rerun-if-changed={}", service.display());
        for check in with_suffix(&service, "sql")? {
            let id = format!("{}/{}", stem(&service), stem(&check));
            let _ = writeln!(list, "    ({id:?}, include_str!({check:?})),");
        }
    }
    list.push_str("];\n");
    fs::write(out.join("checks.rs"), list)?;
    let mut list = String::from("/// Every framework: its id and its text.\npub const FRAMEWORKS: &[(&str, &str)] = &[\n");
    for framework in with_suffix(&root.join("frameworks"), "toml")? {
        let _ = writeln!(list, "    ({:?}, include_str!({framework:?})),", stem(&framework));
    }
    list.push_str("];\n");
    fs::write(out.join("frameworks.rs"), list)
}

fn with_suffix(folder: &Path, suffix: &str) -> io::Result<Vec<PathBuf>> {
    Ok(sorted(folder)?.into_iter().filter(|path| path.extension().is_some_and(|own| own == suffix)).collect())
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths: Vec<_> = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    paths.sort();
    Ok(paths)
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}
