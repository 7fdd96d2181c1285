//! The accounts of an organization, asked when many of them are to be read.
//!
//! Only the management account and delegated administrators may ask. What cannot be asked ends the run: with less than the whole list
//! nobody would know which accounts were left out.
//! <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html>

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::types::Account;

use super::call;
use crate::aws::members::Filter;
use crate::aws::{Cx, Errand, Unread, Warrant};
use crate::services::text;

/// What Organizations says of what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listing {
    /// The ids of the accounts that the filter lets through, sorted, and how many others there are as far as was looked.
    Accounts(Vec<String>, usize),
    /// No unit has this name; these have others.
    NoUnit(String, Vec<String>),
}

/// Lists the accounts of the organization that a filter lets through.
pub const LIST: &Errand<Filter, Listing> = &Errand {
    warrant: Warrant {
        name: "organizations/account",
        tables: &[],
        calls: &[
            call::ListAccounts,
            call::ListRoots,
            call::ListOrganizationalUnitsForParent,
            call::ListAccountsForParent,
            call::ListTagsForResource,
        ],
    },
    run: |cx, filter| Box::pin(list(cx, filter)),
};

async fn list(cx: Cx, filter: Filter) -> Result<Listing, Unread> {
    let mut found = BTreeMap::new();
    if filter.units.is_empty() {
        all(&cx, &mut found).await?;
    } else {
        let mut tree = Tree::default();
        let mut below = BTreeSet::new();
        for unit in &filter.units {
            if is_id(unit) {
                below.insert(unit.clone());
                continue;
            }
            tree.grow(&cx).await?;
            let named = tree.called(unit);
            if named.is_empty() {
                return Ok(Listing::NoUnit(unit.clone(), tree.names()));
            }
            below.extend(named);
        }
        let mut next: Vec<String> = below.iter().cloned().collect();
        while let Some(unit) = next.pop() {
            of_unit(&cx, &unit, &mut found).await?;
            let children = tree.children(&cx, &unit).await?;
            next.extend(children.into_iter().filter(|child| below.insert(child.clone())));
        }
    }
    let all = found.len();
    // A state that AWS left out is none to leave an account out for.
    found.retain(|_, state| state.is_empty() || filter.states.is_empty() || filter.states.contains(state));
    let mut ids = Vec::new();
    for id in found.into_keys() {
        if filter.tags.is_empty() || has_tags(&cx, &id, &filter).await? {
            ids.push(id);
        }
    }
    let others = all - ids.len();
    Ok(Listing::Accounts(ids, others))
}

/// Whether a text is a unit's or a root's id, not its name.
fn is_id(unit: &str) -> bool {
    ["ou-", "r-"].iter().any(|start| {
        let rest = unit.strip_prefix(start);
        rest.is_some_and(|rest| {
            rest.len() >= 4 && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        })
    })
}

/// An account's state. `Status` is what AWS said before 2026-09-09; the two share the words that matter.
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html>
fn state(account: &Account) -> String {
    #[allow(deprecated)]
    let status = account.status().map(|status| status.as_str());
    text(account.state().map(|state| state.as_str()).or(status))
}

async fn keep(cx: &Cx, accounts: &[Account], found: &mut BTreeMap<String, String>) -> Result<(), Unread> {
    for account in accounts {
        let Some(id) = account.id().filter(|id| !id.is_empty()) else {
            return Err(cx.malformed(call::ListAccounts, "has an account without an id").await);
        };
        found.insert(id.to_owned(), state(account));
    }
    Ok(())
}

async fn all(cx: &Cx, found: &mut BTreeMap<String, String>) -> Result<(), Unread> {
    let organizations: aws_sdk_organizations::Client = cx.client();
    // A page may be empty and not the last.
    let mut pages = cx.pages(call::ListAccounts, |token| organizations.list_accounts().set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        keep(cx, page.accounts(), found).await?;
    }
    Ok(())
}

async fn of_unit(cx: &Cx, unit: &str, found: &mut BTreeMap<String, String>) -> Result<(), Unread> {
    let organizations: aws_sdk_organizations::Client = cx.client();
    let mut pages = cx
        .pages(call::ListAccountsForParent, |token| organizations.list_accounts_for_parent().parent_id(unit).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        keep(cx, page.accounts(), found).await?;
    }
    Ok(())
}

async fn has_tags(cx: &Cx, account_id: &str, filter: &Filter) -> Result<bool, Unread> {
    let organizations: aws_sdk_organizations::Client = cx.client();
    let mut pages = cx.pages(call::ListTagsForResource, |token| {
        organizations.list_tags_for_resource().resource_id(account_id).set_next_token(token).send()
    });
    let mut tags = BTreeMap::new();
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        tags.extend(page.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())));
    }
    Ok(filter.has_tags(|key| tags.get(key).map(String::as_str)))
}

/// The units, as far as they were asked for: of each its children as (id, name).
#[derive(Default)]
struct Tree {
    roots: Vec<(String, String)>,
    units: BTreeMap<String, Vec<(String, String)>>,
}

impl Tree {
    /// Asks for all of it.
    async fn grow(&mut self, cx: &Cx) -> Result<(), Unread> {
        if !self.roots.is_empty() {
            return Ok(());
        }
        let organizations: aws_sdk_organizations::Client = cx.client();
        let mut pages = cx.pages(call::ListRoots, |token| organizations.list_roots().set_next_token(token).send());
        while let Some(page) = pages.next(|page| page.next_token()).await? {
            self.roots.extend(page.roots().iter().map(|root| (text(root.id()), text(root.name()))));
        }
        if self.roots.is_empty() {
            return Err(cx.malformed(call::ListRoots, "has no root").await);
        }
        let mut next: Vec<String> = self.roots.iter().map(|(id, _)| id.clone()).collect();
        while let Some(unit) = next.pop() {
            next.extend(self.children(cx, &unit).await?);
        }
        Ok(())
    }

    /// The units directly below one.
    async fn children(&mut self, cx: &Cx, unit: &str) -> Result<Vec<String>, Unread> {
        if let Some(children) = self.units.get(unit) {
            return Ok(children.iter().map(|(id, _)| id.clone()).collect());
        }
        let organizations: aws_sdk_organizations::Client = cx.client();
        let mut pages = cx.pages(call::ListOrganizationalUnitsForParent, |token| {
            organizations.list_organizational_units_for_parent().parent_id(unit).set_next_token(token).send()
        });
        let mut children = Vec::new();
        while let Some(page) = pages.next(|page| page.next_token()).await? {
            children.extend(page.organizational_units().iter().map(|unit| (text(unit.id()), text(unit.name()))));
        }
        let ids = children.iter().map(|(id, _)| id.clone()).collect();
        self.units.insert(unit.to_owned(), children);
        Ok(ids)
    }

    fn all(&self) -> impl Iterator<Item = &(String, String)> {
        self.roots.iter().chain(self.units.values().flatten())
    }

    /// The ids of the units of a name: units in different places may share one.
    fn called(&self, name: &str) -> Vec<String> {
        self.all().filter(|(_, own)| own == name).map(|(id, _)| id.clone()).collect()
    }

    fn names(&self) -> Vec<String> {
        let names: BTreeSet<String> = self.all().map(|(_, name)| name.clone()).collect();
        names.into_iter().collect()
    }
}

#[cfg(test)]
#[path = "account_test.rs"]
mod tests;
