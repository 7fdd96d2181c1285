//! A manifest and its signature: no signature but the true one holds, and what is read of a manifest and written again is the same.

use driftlead::seal::{Manifest, check_signature};

/// What was signed.
const MESSAGE: &[u8] = b"fuzz";
/// The signature of these bytes, by a key that signed nothing else.
const TRUE: &str = "-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgBAQR8GV3pte+sBZ6iruyLwMDoJ
HotpLaWJ2gRsjr0pEAAAAOZHJpZnRsZWFkLXNlYWwAAAAAAAAABnNoYTUxMgAAAFMAAAAL
c3NoLWVkMjU1MTkAAABAeEVO/o4M2TY55cFTN6P9Kz7q4P/alEaRxi7BiWnPC5KsBv7iaN
VbGyggZ5MZLi4kjx45hakl21XkeJCnqDv6Dg==
-----END SSH SIGNATURE-----
";

/// Takes the bytes for a signature, and for a manifest.
pub fn run(data: &[u8]) {
    if check_signature(MESSAGE, data).is_ok() {
        let text = std::str::from_utf8(data).expect("a signature is text");
        assert_eq!(inside(text), inside(TRUE), "another signature holds");
    }
    let Ok(manifest) = Manifest::parse(data) else { return };
    let written = manifest.bytes().expect("what was read can be written");
    let again = Manifest::parse(&written).expect("what was written can be read");
    assert_eq!(again, manifest);
    assert_eq!(again.bytes().expect("text"), written, "written twice, and not the same");
    assert_eq!(manifest.accounts().len(), manifest.snapshot.accounts.len());
    // What is signed are bytes: those of another manifest are not signed with them.
    assert!(check_signature(&written, TRUE.as_bytes()).is_err());
}

/// A signature without line ends and blanks around its lines.
fn inside(text: &str) -> String {
    text.lines().map(str::trim).collect()
}
