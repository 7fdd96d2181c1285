//! Members: many accounts behind one set of credentials, which of them are meant, and how each is entered.

use serde::{Deserialize, Serialize};

use super::shard::Shard;

/// Many accounts, each entered by a role of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Members {
    /// Who they are.
    pub roster: Roster,
    /// The role in each of them, by its name or path and name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub role: Option<String>,
    /// What the roles ask for. It may be meant to be secret, so it is in no recording.
    #[serde(skip)]
    pub external_id: Option<String>,
    /// Only the accounts of this shard.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shard: Option<Shard>,
}

/// Who the members are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Roster {
    /// Those that AWS Organizations lists.
    Organization(Filter),
    /// Those of a file.
    Listed(Vec<Listed>),
}

/// Which accounts of an organization are meant: those that all of this is true of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Below one of these units, by id (`ou-…`, `r-…`) or name; empty for the whole organization.
    pub units: Vec<String>,
    /// With one of the values that are given for each key.
    pub tags: Vec<(String, String)>,
    /// In one of these states (`ACTIVE`, `SUSPENDED`, …); empty for any.
    pub states: Vec<String>,
}

impl Filter {
    /// Whether an account's tags are those that were asked for.
    pub fn has_tags<'t>(&self, mut of: impl FnMut(&str) -> Option<&'t str>) -> bool {
        self.tags.iter().all(|(key, _)| {
            let value = of(key);
            self.tags.iter().any(|(other, wanted)| other == key && value == Some(wanted.as_str()))
        })
    }
}

/// A line of a file of accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The account.
    pub account_id: String,
    /// The role by which it is entered, where it is another than everybody's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub role_arn: Option<String>,
    /// What that role asks for; in no recording.
    #[serde(skip)]
    pub external_id: Option<String>,
}

/// Whether a text is an account's id: twelve digits.
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The account of a role's ARN, if it is one: `arn:PARTITION:iam::ACCOUNT:role/NAME`.
///
/// ```
/// use driftlead::aws::members::account_of;
/// assert_eq!(account_of("arn:aws:iam::111122223333:role/ops/audit"), Some("111122223333"));
/// assert_eq!(account_of("arn:aws:iam::111122223333:user/me"), None);
/// ```
pub fn account_of(role_arn: &str) -> Option<&str> {
    let fields: Vec<&str> = role_arn.splitn(6, ':').collect();
    match fields[..] {
        ["arn", _, "iam", "", account, resource] if is_account_id(account) && resource.starts_with("role/") => Some(account),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_alternatives_by_key() {
        let tags = |pairs: &[(&str, &str)]| Filter {
            tags: pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            ..Filter::default()
        };
        let prod = |key: &str| (key == "stage").then_some("prod");
        assert!(tags(&[]).has_tags(prod) && tags(&[("stage", "prod"), ("stage", "dev")]).has_tags(prod));
        assert!(!tags(&[("stage", "dev")]).has_tags(prod) && !tags(&[("stage", "prod"), ("team", "a")]).has_tags(prod));
    }

    #[test]
    fn what_may_be_secret_is_in_no_recording() {
        let listed = Listed { account_id: "1".into(), role_arn: None, external_id: Some("sesame".into()) };
        let members = Members { roster: Roster::Listed(vec![listed]), role: None, external_id: Some("sesame".into()), shard: None };
        assert!(!serde_json::to_string(&members).unwrap().contains("sesame"));
    }
}
