//! A file of allowed signers: a key that is not in it never counts.

use std::path::Path;

use driftlead::seal::{Known, Signers, check_signature};
use ssh_key::PublicKey;

/// The message and the signature by which the key is told that is asked about.
const MESSAGE: &[u8] = b"fuzz";
const TRUE: &str = "-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgBAQR8GV3pte+sBZ6iruyLwMDoJ
HotpLaWJ2gRsjr0pEAAAAOZHJpZnRsZWFkLXNlYWwAAAAAAAAABnNoYTUxMgAAAFMAAAAL
c3NoLWVkMjU1MTkAAABAeEVO/o4M2TY55cFTN6P9Kz7q4P/alEaRxi7BiWnPC5KsBv7iaN
VbGyggZ5MZLi4kjx45hakl21XkeJCnqDv6Dg==
-----END SSH SIGNATURE-----
";
/// That key, as a line of the file has it.
const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIAQEEfBld6bXvrAWeoq7si8DA6CR6LaS2lidoEbI69KR";

thread_local! {
    static SIGNER: PublicKey = check_signature(MESSAGE, TRUE.as_bytes()).expect("the signature holds");
}

/// Reads it, and asks for the key.
pub fn run(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        SIGNER.with(|key| ask(text, key));
    }
}

fn ask(text: &str, key: &PublicKey) {
    let mut signers = Signers::default();
    if let Err(error) = signers.add_allowed_text(Path::new("allowed"), text) {
        let told = error.to_string();
        let line: usize = told.split(':').nth(1).and_then(|line| line.parse().ok()).expect("it names the line");
        return assert!((1..=text.lines().count()).contains(&line), "{told}");
    }
    let is_listed = text.lines().any(|line| !line.trim_start().starts_with('#') && line.contains(KEY));
    let at = "2026-11-23T12:00:00Z".parse().ok();
    for when in [at, None] {
        let counts = matches!(signers.know(key, when), Known::Named(_) | Known::NotForThis(_));
        assert!(is_listed || !counts, "a key counts that is not listed: {text}");
    }
    // Without options it counts, whenever it was.
    signers.add_allowed_text(Path::new("own"), &format!("who ssh-ed25519 {KEY}\n")).expect("a plain line");
    assert!(matches!(signers.know(key, None), Known::Named(_)));
}
