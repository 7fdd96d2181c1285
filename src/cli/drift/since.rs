//! Drift between snapshots: what was, and what is.

use anyhow::{Context, Result, bail};

use super::{Compared, Drift, judged, scope_of};
use crate::change::{Change, Kind, Scope};
use crate::check::{Check, Config, Standing};
use crate::cli::Global;
use crate::drift::between::{Side, between};
use crate::drift::flip::{Question, join};
use crate::inventory::Snapshot;
use crate::services;

impl Drift {
    /// Compares two snapshots.
    pub(super) fn since(&self, _: &Global, all: &[Check], config: &Config) -> Result<Compared> {
        let [older, newer] = self.pair()?;
        let (was, is) = (&older.meta, &newer.meta);
        if !was.accounts.iter().any(|account| is.accounts.contains(account)) {
            bail!(
                "{} is of account {}, {} of {}: they have nothing in common",
                older.path.display(),
                was.accounts.join(", "),
                newer.path.display(),
                is.accounts.join(", ")
            );
        }
        if was.started_at > is.started_at {
            bail!("{} ({}) is younger than {} ({}): name the older one first", older.path.display(), was.started_at.as_str(), newer.path.display(), is.started_at.as_str());
        }
        let (old_standing, new_standing) = (Standing::of(older.connection())?, Standing::of(newer.connection())?);
        let before = Side { connection: older.connection(), standing: &old_standing };
        let after = Side { connection: newer.connection(), standing: &new_standing };
        let tables = services::tables();
        let (mut scope, mut changes) = (Scope::default(), Vec::new());
        let mut put = |change: Change| {
            changes.push(change);
            Ok(())
        };
        between(&before, &after, &tables, &mut scope, &mut put)?;
        scope.sources.push(format!("since {} ({})", was.started_at.as_str(), older.path.display()));
        let mut compared =
            Compared { scope: scope_of(scope, &newer, true), changes, verdicts: Vec::new(), unlisted: 0, is_complete: true };
        let is_change = |change: &Change| change.ignored.is_empty() && change.kind != Kind::Unknown;
        if !self.no_verdicts && compared.changes.iter().any(is_change) {
            let checks = judged(all)?;
            let question = Question { checks: &checks, config, tables: &tables };
            compared.verdicts = join(&question, &older, &newer, &mut compared.changes)?;
        }
        Ok(compared)
    }

    /// The two snapshots, the older first.
    fn pair(&self) -> Result<[Snapshot; 2]> {
        let open = |path: &std::path::Path| Snapshot::open(path, &services::tables(), &services::views());
        match (&self.since, self.between.as_deref()) {
            (_, Some([older, newer])) => {
                Ok([open(older.as_ref()).context("--between")?, open(newer.as_ref()).context("--between")?])
            }
            (Some(older), _) => {
                let Some(newer) = &self.from else { bail!("--since: there is no store yet; --from FILE says what it is compared with") };
                Ok([open(older.as_ref()).context("--since")?, open(newer).context("--from")?])
            }
            _ => bail!("there is no store yet: --between OLDER NEWER compares two files"),
        }
    }
}
