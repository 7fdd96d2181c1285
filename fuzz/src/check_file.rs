//! A check file: front-matter and SELECT. It is read, vetted, and run on a small snapshot.
//!
//! What does not begin as a check is taken for the SELECT of one, so that changed bytes reach SQLite too.

use std::path::Path;

use driftlead::check::{Config, Judge, file};
use driftlead::finding::Status;

use super::world::World;

thread_local! {
    static WORLD: World = World::new();
}

const HEAD: &str =
    "/*---\ntitle='t'\nseverity='low'\nleg='configured'\nfamily='f'\nmessage='{resource} {reason}'\nwhy='w'\nfix='f {account}'\n---*/\n";

/// Reads, vets and runs it.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let text = if text.starts_with("/*---") { text.to_owned() } else { format!("{HEAD}{text}") };
    let lines = 1 + text.matches('\n').count();
    let check = match file::parse("fuzz/check", Path::new("check.sql"), &text) {
        Ok(check) => check,
        Err(error) => return assert!((1..=lines).contains(&error.line), "line {} of {lines}: {error}", error.line),
    };
    WORLD.with(|world| {
        let vetted = match world.vet.vet(&check) {
            Ok(vetted) => vetted,
            Err(error) => return assert!((1..=lines).contains(&error.line), "line {} of {lines}: {error}", error.line),
        };
        assert!(vetted.tables.contains(&vetted.subject), "its subject is a table that it reads");
        let before = world.mark();
        let config = Config::default();
        let judge = Judge::new(&world.snapshot, &world.tables, &config, true).expect("a judge");
        let is_blind = !vetted.tables.is_disjoint(&World::unread());
        let checks = [(check, vetted)];
        let told = judge.run_all(&checks, None, &mut |finding| -> Result<(), ()> {
            assert_eq!(finding.check, "fuzz/check");
            let is_verdict = matches!(finding.status, Status::Pass | Status::Fail);
            assert!(!(is_blind && is_verdict), "a verdict on a table that was read in part: {finding:?}");
            assert!(finding.status != Status::Muted, "nobody accepts anything here");
            assert!(finding.status != Status::Unknown || !finding.message.is_empty(), "an unknown that does not say why: {finding:?}");
            Ok(())
        });
        assert_eq!(told, Ok(()));
        assert_eq!(world.mark(), before, "a check wrote something");
    });
}
