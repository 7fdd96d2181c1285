//! The package: lean SDK crates, locked versions, a licence.

use sha2::{Digest, Sha256};

use super::source::{hold, read, tracked};

/// The Apache License 2.0 as <https://www.apache.org/licenses/LICENSE-2.0.txt> has it.
const APACHE_2_0: &str = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30";

fn manifest() -> toml::Table {
    toml::from_str(&read("Cargo.toml")).expect("Cargo.toml is TOML")
}

#[test]
fn sdk_crates_bring_no_http_stack() {
    let manifest = manifest();
    let dependencies = manifest["dependencies"].as_table().expect("[dependencies]");
    let is_sdk = |name: &str| name.starts_with("aws-sdk-") || name == "aws-config";
    let is_lean = |value: &toml::Value| value.get("default-features").and_then(toml::Value::as_bool) == Some(false);
    let wrong: Vec<String> =
        dependencies.iter().filter(|(name, value)| is_sdk(name) && !is_lean(value)).map(|(name, _)| name.clone()).collect();
    hold(
        "`default-features = false, features = [\"rt-tokio\"]`: one HTTP client is made in src/aws/http.rs, others cost build time.",
        &wrong,
    );
}

#[test]
fn versions_are_locked() {
    assert!(tracked().iter().any(|path| path == "Cargo.lock"), "Cargo.lock is part of the project: run `cargo build` and add it");
}

/// Names and versions of a lock file.
fn locked(path: &str) -> Vec<(String, String)> {
    let lock: toml::Table = toml::from_str(&read(path)).expect("a lock file is TOML");
    let text = |package: &toml::Value, name: &str| package.get(name).and_then(toml::Value::as_str).map(str::to_owned);
    let packages = lock["package"].as_array().into_iter().flatten();
    packages.filter_map(|package| Some((text(package, "name")?, text(package, "version")?))).collect()
}

#[test]
fn the_fuzz_targets_are_locked_to_the_same_versions() {
    let own = locked("Cargo.lock");
    let is_ours = |name: &str| own.iter().any(|(other, _)| other == name);
    let wrong = locked("fuzz/Cargo.lock").into_iter().filter(|one| is_ours(&one.0) && !own.contains(one));
    let wrong: Vec<String> = wrong.map(|(name, version)| format!("{name} {version}")).collect();
    hold("What is fuzzed is what is shipped: copy Cargo.lock to fuzz/Cargo.lock, and let cargo add to it what fuzzing needs.", &wrong);
}

#[test]
fn the_licence_is_the_one_that_the_manifest_names() {
    let manifest = manifest();
    assert_eq!(manifest["package"]["license"].as_str(), Some("Apache-2.0"), "Cargo.toml: LICENSE holds the Apache License 2.0");
    let hash: String = Sha256::digest(read("LICENSE")).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, APACHE_2_0, "LICENSE is not the unchanged text of https://www.apache.org/licenses/LICENSE-2.0.txt");
}
