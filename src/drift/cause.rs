//! Which change a verdict turned with: the one without which it would not have. Each change that may be it is taken back, alone, in a
//! copy of the snapshot, and the check is asked again.

use std::path::Path;

use anyhow::Context;
use rusqlite::Connection;

use super::flip::{Question, take_back};
use crate::change::Change;
use crate::check::{Check, Judge, Vetted};
use crate::finding::{Finding, Status};
use crate::inventory::Snapshot;

/// Questions that are asked at the most: of a large account each takes its time.
const MOST_TRIALS: usize = 200;

/// A copy of a snapshot in which changes are tried.
pub(super) struct Trials<'t> {
    snapshot: Snapshot,
    question: &'t Question<'t>,
    left: usize,
    _folder: tempfile::TempDir,
}

impl<'t> Trials<'t> {
    /// Copies the snapshot that has the changes.
    pub(super) fn of(after: &Snapshot, question: &'t Question<'t>) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("a folder for a copy of the snapshot")?;
        let connection = relaxed(&after.path, &folder.path().join("trials.db"))?;
        let snapshot = Snapshot::in_memory(connection, question.tables, question.views)?;
        Ok(Self { snapshot, question, left: MOST_TRIALS, _folder: folder })
    }

    /// Whether the verdict turns back when this change is taken back; `None` when it was asked too often.
    pub(super) fn turns_back(&mut self, change: &Change, check: &(Check, Vetted), flipped: &Finding) -> anyhow::Result<Option<bool>> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        let Some(table) = self.question.tables.iter().find(|table| table.name == change.table) else { return Ok(Some(false)) };
        let connection = self.snapshot.connection();
        connection.execute_batch("savepoint trial")?;
        let verdict = take_back(connection, table, change).map_err(Into::into).and_then(|()| self.verdict(check, flipped));
        connection.execute_batch("rollback to trial; release trial")?;
        // A check that cannot be asked there says nothing of the change.
        Ok(Some(verdict?.is_some_and(|verdict| verdict != Some(flipped.status))))
    }

    /// The verdict on the same resource, none where there is nothing to judge; `None` where the check cannot be run to its end.
    fn verdict(&self, (check, vetted): &(Check, Vetted), flipped: &Finding) -> anyhow::Result<Option<Option<Status>>> {
        let judge = Judge::new(&self.snapshot, self.question.tables, self.question.config, false)?;
        let mut verdict = None;
        let mut say = |finding: Finding| {
            if finding.fingerprint == flipped.fingerprint {
                verdict = Some(finding.status);
            }
        };
        let is_asked = judge.run(check, vetted, &mut say).is_ok();
        Ok(is_asked.then_some(verdict))
    }
}

/// A copy of a snapshot that can be written, and in which any column can be NULL: of a row that is put back only the declared ones
/// are known.
///
/// # Errors
/// When the copy cannot be written.
pub(super) fn relaxed(path: &Path, copy: &Path) -> anyhow::Result<Connection> {
    std::fs::copy(path, copy).with_context(|| format!("a copy of {}", path.display()))?;
    let connection = Connection::open(copy)?;
    connection.execute_batch(
        "pragma synchronous = off; pragma writable_schema = on;
         update sqlite_schema set sql = replace(sql, ' not null', '') where type = 'table';",
    )?;
    drop(connection);
    // SQLite reads the schema anew only when the file is opened anew.
    Ok(Connection::open(copy)?)
}
