//! SQL that somebody gives to `driftlead query`: whatever it is, it reads and nothing else.

use driftlead::cli::ask::ask;

use super::world::World;

thread_local! {
    static WORLD: World = World::new();
}

/// Asks it, and looks whether anything was written.
pub fn run(data: &[u8]) {
    let Ok(sql) = std::str::from_utf8(data) else { return };
    WORLD.with(|world| {
        let before = world.mark();
        // As the command does: a query that the vet refuses is never asked.
        let Ok(known) = world.vet.tables_of(sql) else { return };
        assert!(known.iter().all(|table| world.tables.iter().any(|one| one.name == table)), "{known:?}");
        if let Ok((columns, rows)) = ask(&world.snapshot, sql) {
            assert!(!columns.is_empty() && rows.iter().all(|row| row.len() == columns.len()));
        }
        assert_eq!(world.mark(), before, "a query wrote something");
    });
}
