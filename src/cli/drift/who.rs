//! `drift --who`: each change with what CloudTrail tells of it.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::Value;

use super::{Compared, Drift};
use crate::change::{Change, Deed, Kind, Who};
use crate::cli::Global;
use crate::cli::errand::who_did;
use crate::collect::who::{Answer, Suspect};
use crate::inventory::Time;
use crate::services::cloudtrail::history::{names_of, sources_of};

impl Drift {
    /// Asks CloudTrail about every change that nobody accepts.
    pub(super) fn ask_who(&self, global: &Global, compared: &mut Compared) -> Result<()> {
        let is_asked = |change: &Change| change.ignored.is_empty() && !matches!(change.kind, Kind::Unknown | Kind::Unmanaged);
        let moment = |text: &str| (!text.is_empty()).then(|| Time::from_text(text.to_owned()));
        let (since, until) = (moment(&compared.since), moment(&compared.scope.started_at));
        let mut suspects: Vec<Suspect> = Vec::new();
        let mut asked: BTreeMap<usize, usize> = BTreeMap::new();
        for (i, change) in compared.changes.iter().enumerate().filter(|(_, change)| is_asked(change)) {
            asked.insert(i, suspects.len());
            suspects.push(suspect(change, since.clone(), until.clone()));
        }
        if suspects.is_empty() {
            return Ok(());
        }
        let told = who_did(global, &self.place, &suspects, self.who_limit, None)?;
        for (change, answer) in asked {
            compared.changes[change].who = told.answers.get(answer).map(who);
        }
        Ok(())
    }
}

/// Under which names CloudTrail may know it: the row's own, and those of what it hangs on.
fn suspect(change: &Change, since: Option<Time>, until: Option<Time>) -> Suspect {
    let is_id = |text: &&str| text.len() > 3 && !text.contains(' ');
    let keys = change.key.values().filter_map(Value::as_str).filter(is_id);
    let declared = change.columns.iter().filter(|_| change.kind == Kind::Missing).filter_map(|column| column.wanted.as_str());
    let others: Vec<&str> = keys.chain(declared.filter(|text| text.starts_with("arn:"))).collect();
    let arn = if change.resource.starts_with("arn:") { change.resource.as_str() } else { "" };
    Suspect {
        account_id: change.account.clone(),
        region: change.region.clone(),
        names: names_of(arn, &others),
        sources: sources_of(arn),
        since,
        until,
    }
}

fn who(answer: &Answer) -> Who {
    let deed = |event: &crate::services::cloudtrail::history::Event| Deed {
        time: event.time.as_str().to_owned(),
        event: event.name.clone(),
        principal: event.principal.clone(),
        principal_arn: event.principal_arn.clone(),
        source: event.means.word().to_owned(),
        tool: event.tool.clone(),
        source_ip: event.source_ip.clone(),
        event_id: event.id.clone(),
        url: event.url.clone(),
    };
    let note = if answer.events.is_empty() { answer.silence() } else { String::new() };
    Who { deeds: answer.events.iter().map(deed).collect(), note }
}
