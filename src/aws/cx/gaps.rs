//! Writing down what stayed unread, and why.

use std::borrow::Cow;
use std::sync::atomic::Ordering;

use super::{Cx, Subject, Unread};
use crate::aws::call::Call;
use crate::aws::outcome::Failure;
use crate::aws::word::Word;
use crate::inventory::{Fact, Gap, Outcome, Table};

impl Cx {
    /// The answer left out what identifies a resource, or could not be understood: the table is incomplete here.
    pub async fn malformed(&self, call: &'static Call, what: &str) -> Unread {
        let failure = Failure { outcome: Outcome::Malformed, code: String::new(), message: format!("the answer {what}"), status: None };
        self.gap(Some(call), &failure).await;
        Unread
    }

    /// The snapshot itself could not be asked: what hangs on its rows is incomplete.
    pub async fn broken(&self, why: &str) -> Unread {
        let message = format!("the snapshot could not be asked: {why}");
        let failure = Failure { outcome: Outcome::Failed, code: String::new(), message, status: None };
        self.gap(None, &failure).await;
        Unread
    }

    /// The reader itself broke off, which is a fault of this program: its tables are incomplete here.
    pub async fn panicked(&self, why: &str) {
        let message = format!("{} broke off, which is a fault of driftlead: {why}", self.warrant.name);
        let failure = Failure { outcome: Outcome::Failed, code: String::new(), message, status: None };
        self.gap(None, &failure).await;
    }

    /// A word of an enumeration whose meaning matters: unread, with a gap, if this version does not know the word.
    ///
    /// A member that AWS left out is `''`. `also` lists words that AWS is known to send though its own model lacks them.
    pub async fn word<W: Word>(
        &self,
        table: &'static Table,
        arn: &str,
        columns: &'static [&'static str],
        word: Option<&W>,
        also: &[&str],
    ) -> Fact<String> {
        match word {
            None => Fact::Known(String::new()),
            Some(word) if word.is_known() || also.contains(&word.text()) => Fact::Known(word.text().to_owned()),
            Some(word) => {
                let failure = Failure {
                    outcome: Outcome::Unrecognised,
                    code: word.text().to_owned(),
                    message: format!("this version does not know what `{}` means here", word.text()),
                    status: None,
                };
                self.about(table, arn, columns).gap(None, &failure).await;
                Fact::Unread
            }
        }
    }

    /// Records that a table which this reader needs was not read completely, and why.
    pub async fn needed(&self, table: &str, action: String, failure: &Failure) {
        let message = format!("it hangs on {table}, which was not read completely: {}", failure.message);
        self.write_gap(Cow::Owned(action), &Failure { message, ..failure.clone() }).await;
    }

    /// Records that nothing can be read here because the account has not enabled the region.
    pub async fn region_is_off(&self) {
        let message = format!("{} is not enabled in the account", self.site.region);
        let failure = Failure { outcome: Outcome::RegionOff, code: String::new(), message, status: None };
        self.gap(None, &failure).await;
    }

    pub(super) async fn gap(&self, call: Option<&'static Call>, failure: &Failure) {
        self.write_gap(Cow::Borrowed(call.map_or("", |call| call.permission)), failure).await;
    }

    async fn write_gap(&self, action: Cow<'static, str>, failure: &Failure) {
        let gap = |table: &'static str, resource: &str, columns: &'static [&'static str]| Gap {
            table,
            account_id: self.site.account_id.clone(),
            region: self.site.region.clone(),
            resource: resource.to_owned(),
            columns,
            action: action.clone(),
            outcome: failure.outcome,
            code: failure.code.clone(),
            message: failure.message.clone(),
        };
        match &self.subject {
            Subject::Items { table, arns, columns } => {
                for arn in arns.iter() {
                    self.run.sink.gap(gap(table.name, arn, columns)).await;
                }
            }
            Subject::Place => {
                self.incomplete.store(true, Ordering::Relaxed);
                for table in self.warrant.tables {
                    self.run.sink.gap(gap(table.name, "", &[])).await;
                }
                // An errand fills no table; what it could not ask is told under its own name.
                if self.warrant.tables.is_empty() {
                    self.run.sink.gap(gap(self.warrant.name, "", &[])).await;
                }
            }
            Subject::Matter(matter) => self.run.sink.gap(gap(self.warrant.name, matter, &[])).await,
        }
    }
}
