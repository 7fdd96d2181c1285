//! A whole comparison with what is declared: sources hand in, what is there is compared, what is left over is told.

use rusqlite::Connection;

use super::compare::{Comparison, Take};
use super::extra::Extra;
use super::source::{Desk, Source};
use crate::change::Scope;
use crate::check::Standing;
use crate::inventory::Table;
use crate::inventory::kind::Kind;

/// What is compared.
pub struct Against<'s> {
    /// The snapshot.
    pub found: &'s Connection,
    /// Every table.
    pub tables: &'s [&'static Table],
    /// Every kind of resource.
    pub kinds: &'static [Kind],
}

impl Against<'_> {
    /// Compares. `take` gets what is not as declared, `unmanaged` what is in no declaration, or may be in none.
    ///
    /// # Errors
    /// When a source cannot be read, the snapshot cannot be asked, or a change cannot be taken.
    pub fn run(&self, sources: &[Box<dyn Source>], take: &mut Take<'_>, unmanaged: &mut Take<'_>) -> anyhow::Result<Scope> {
        // One transaction for all that is put beside the snapshot: without it each row would be one.
        self.found.execute_batch("begin")?;
        let compared = self.compare(sources, take, unmanaged);
        self.found.execute_batch("commit")?;
        compared
    }

    fn compare(&self, sources: &[Box<dyn Source>], take: &mut Take<'_>, unmanaged: &mut Take<'_>) -> anyhow::Result<Scope> {
        let mut desk = Desk::new(self.found, self.tables, self.kinds)?;
        sources.iter().try_for_each(|source| source.declare(&mut desk))?;
        std::mem::take(&mut desk.early).into_iter().try_for_each(&mut *take)?;
        let standing = Standing::of(self.found)?;
        let mut scope = std::mem::take(&mut desk.scope);
        Comparison::new(self.found, &standing, self.tables).run(&desk.shelves, &mut scope, take)?;
        let extra = Extra { connection: self.found, standing: &standing, tables: self.tables, kinds: self.kinds, unread: desk.unread };
        extra.added(take)?;
        extra.unmanaged(unmanaged)?;
        Ok(scope)
    }
}
