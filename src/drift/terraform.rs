//! Terraform and OpenTofu as a source: what a state says that there is.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::source::{Desk, Resource, Source};
use crate::change::Origin;
use crate::check::Standing;
use crate::declared::state::{Instance, State};
use crate::inventory::kind::Words;

/// A state, and where it came from.
#[derive(Debug)]
pub struct OfState {
    /// The file, or the `s3://` address.
    pub path: String,
    /// What it says.
    pub state: State,
}

impl Source for OfState {
    fn declare(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let (accounts, regions) = places(desk)?;
        self.fits(&accounts)?;
        let name = self.path.rsplit('/').next().unwrap_or(&self.path).to_owned();
        let before = desk.scope.declared;
        let mut elsewhere: BTreeMap<String, u64> = BTreeMap::new();
        for instance in &self.state.instances {
            if let Some(why) = self.one(desk, instance, &name, &accounts, &regions)? {
                *elsewhere.entry(why).or_default() += 1;
            }
        }
        let taken = desk.scope.declared - before;
        desk.scope.sources.push(format!("state {}: {taken} of {} resources", self.path, self.state.instances.len()));
        let others = self.state.other_providers.iter().map(|(provider, count)| (format!("of the provider {provider}"), *count as u64));
        for (why, count) in elsewhere.into_iter().chain(others) {
            desk.scope
                .remarks
                .push(format!("{name}: {count} {} not compared: {why}.", if count == 1 { "resource was" } else { "resources were" }));
        }
        Ok(())
    }
}

/// The accounts of the snapshot, and their regions.
fn places(desk: &Desk<'_>) -> rusqlite::Result<(Vec<String>, Vec<String>)> {
    let standing = Standing::of(desk.found)?;
    let accounts = standing.accounts().map(str::to_owned).collect();
    let sql = "select distinct region from place where in_scope and region <> 'global' order by 1";
    let regions = desk.found.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok((accounts, regions))
}

impl OfState {
    /// A state of quite another account is a mistake, not a drift.
    fn fits(&self, accounts: &[String]) -> anyhow::Result<()> {
        let told: std::collections::BTreeSet<String> =
            self.state.instances.iter().filter_map(|instance| self.state.account_of(instance)).collect();
        if told.is_empty() || told.iter().any(|account| accounts.contains(account)) {
            return Ok(());
        }
        let told = told.into_iter().collect::<Vec<_>>().join(", ");
        anyhow::bail!("{}: this state is about account {told}, what was read is account {}", self.path, accounts.join(", "));
    }

    /// Takes one instance in, or says why not.
    fn one(
        &self,
        desk: &mut Desk<'_>,
        instance: &Instance,
        name: &str,
        accounts: &[String],
        regions: &[String],
    ) -> anyhow::Result<Option<String>> {
        if instance.deposed.is_some() {
            return Ok(Some("they are to be deleted (deposed)".to_owned()));
        }
        let place = self.state.place_of(instance);
        let account = match (place.account_id, accounts) {
            (Some(account), _) if accounts.contains(&account) => account,
            (Some(account), _) => return Ok(Some(format!("they are in account {account}"))),
            (None, [only]) => only.clone(),
            (None, _) => {
                let why = "not all declarations are known: the state does not say in which account they are";
                for account in accounts {
                    desk.unread.insert((account.clone(), String::new()), why.to_owned());
                }
                return Ok(Some("the state does not say in which account they are".to_owned()));
            }
        };
        let region = match (place.region, regions) {
            (Some(region), _) if regions.contains(&region) || instance.attributes.get("arn").is_none() => region,
            (Some(region), _) => return Ok(Some(format!("{region} was not read"))),
            (None, [only]) => only.clone(),
            // What belongs to no region is found without one.
            (None, _) => String::new(),
        };
        let origin = Origin {
            source: "terraform".to_owned(),
            unit: self.path.clone(),
            name: name.to_owned(),
            address: instance.address.clone(),
            type_name: instance.resource_type.clone(),
        };
        desk.take(&Resource {
            words: Words::Terraform,
            document: &instance.attributes,
            physical_id: instance.attributes.get("id").and_then(Value::as_str),
            account: &account,
            region: &region,
            other_tags: &Map::new(),
            origin: &origin,
        })?;
        Ok(None)
    }
}
