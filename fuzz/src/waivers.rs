//! `driftlead.waivers.toml`: what is read of it and written again is the same, and stays so.

use driftlead::check::waiver::{Grants, day};

/// Reads it, writes it, reads it again. The text is tried as a day, too.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(day) = day(text) {
        assert_eq!(day, text);
    }
    let Ok(grants) = Grants::parse(text) else { return };
    let written = grants.text().expect("what was read can be written");
    let again = Grants::parse(&written).expect("what was written can be read");
    let mut sorted = grants.grant.clone();
    sorted.sort();
    assert_eq!(again.grant, sorted);
    assert_eq!(again.text().expect("text"), written, "written twice, and not the same");
}
