//! Drift between snapshots: what was, and what is.

use std::path::Path;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;

use super::{Compared, Drift, judged, scope_of};
use crate::change::{Change, Kind, Scope};
use crate::check::{Check, Standing};
use crate::cli::Global;
use crate::cli::shelf::store;
use crate::cli::since::comparable;
use crate::config::Configuration;
use crate::drift::between::{Side, between};
use crate::drift::flip::{Question, join};
use crate::drift::ignore::Ignoring;
use crate::inventory::Snapshot;
use crate::services;

impl Drift {
    /// Compares two snapshots.
    pub(super) fn since(&self, global: &Global, all: &[Check], config: &Configuration) -> Result<Compared> {
        let [older, newer] = self.pair(global)?;
        comparable(&older, &newer)?;
        let (was, is) = (&older.meta, &newer.meta);
        let (old_standing, new_standing) = (Standing::of(older.connection())?, Standing::of(newer.connection())?);
        let before = Side { connection: older.connection(), standing: &old_standing };
        let after = Side { connection: newer.connection(), standing: &new_standing };
        let tables = services::tables();
        let (mut scope, mut changes) = (Scope::default(), Vec::new());
        let mut ignoring = Ignoring::new(&config.drift, is.started_at.as_str());
        let mut put = |change: Change| {
            changes.extend(ignoring.apply(change));
            Ok(())
        };
        between(&before, &after, &tables, &mut scope, &mut put)?;
        scope.rules = ignoring.remarks();
        scope.sources.push(format!("since {} ({})", was.started_at.as_str(), older.path.display()));
        let mut compared = Compared {
            since: was.started_at.as_str().to_owned(),
            scope: scope_of(scope, &newer, true),
            changes,
            verdicts: Vec::new(),
            unlisted: 0,
            is_complete: true,
        };
        let is_change = |change: &Change| change.ignored.is_empty() && change.kind != Kind::Unknown;
        if !self.no_verdicts && compared.changes.iter().any(is_change) {
            let checks = judged(all)?;
            let question = Question { checks: &checks, config: &config.checks, tables: &tables, views: &services::views() };
            compared.verdicts = join(&question, &older, &newer, &mut compared.changes)?;
        }
        Ok(compared)
    }

    /// The two snapshots, the older first: files, or what the store has.
    fn pair(&self, global: &Global) -> Result<[Snapshot; 2]> {
        let open = |path: &Path| Snapshot::open(path, &services::tables(), &services::views());
        let now = Timestamp::now();
        let account = self.account.as_deref();
        let find = |what: &str| -> Result<std::path::PathBuf> {
            // A file needs no store.
            let path = Path::new(what);
            if path.is_file() {
                return Ok(path.to_owned());
            }
            Ok(store(self.store.as_deref())?.find(what, account, now)?.path)
        };
        match (&self.since, self.between.as_deref()) {
            (_, Some([older, newer])) => Ok([open(&find(older)?).context("--between")?, open(&find(newer)?).context("--between")?]),
            (Some(older), _) => {
                let newer = match &self.from {
                    Some(path) => path.clone(),
                    None => store(self.store.as_deref())?.of_account(account)?.pop().context("the store")?.path,
                };
                Ok([open(&find(older)?).context("--since")?, open(&newer)?])
            }
            (None, _) => {
                if self.from.is_some() {
                    bail!("--from FILE is compared with something: --since, --cloudformation, --template or --state");
                }
                let [older, newer] = store(self.store.as_deref())?.latest_two(account)?;
                global.remark(&format!("{} is compared with {}.", newer.name(), older.name()));
                Ok([open(&older.path)?, open(&newer.path)?])
            }
        }
    }
}
