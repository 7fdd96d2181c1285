//! Selectors: what a `[[rule]]` or a `[[waiver]]` of driftlead.toml is about.
//!
//! What is named must match, all of it; what is not named matches anything. A selector that needs a fact which was not read (tags)
//! is neither true nor false: nobody can decide it.
//!
//! Patterns are globs, the same everywhere: `*` stands for any characters, `/` and `:` among them, `?` for one, `[ab]` for one of
//! these, `{a,b}` for either; capital letters count.

use std::borrow::Cow;
use std::collections::BTreeMap;

use globset::GlobMatcher;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::Value;

use super::file::Check;
use crate::glob::{GlobError, matcher};

/// What a rule or a waiver is about. What is named must match, all of it; what is not named matches anything. Patterns are globs: `*`
/// stands for any characters, `/` and `:` too.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Selector {
    /// Ids of checks: one of these patterns (`vpc/nat_*`).
    pub(super) checks: Option<Patterns>,
    /// ARNs: one of these patterns matches the whole ARN, or what it ends in (`subnet-0a1b*`).
    pub(super) resource: Option<Patterns>,
    /// Accounts: one of these patterns.
    pub(super) account: Option<Patterns>,
    /// Regions: one of these patterns; `global` for what has none.
    pub(super) region: Option<Patterns>,
    /// Names of resources: one of these patterns matches the name, or what the ARN ends in where there is none.
    pub(super) name: Option<Patterns>,
    /// Tags: each of these is there, with a value that the pattern matches (`*` for any).
    pub(super) tag: Option<BTreeMap<String, Pattern>>,
    /// One of these selectors matches.
    pub(super) any: Option<Vec<Selector>>,
    /// Each of these selectors matches.
    pub(super) all: Option<Vec<Selector>>,
    /// This selector does not match.
    pub(super) not: Option<Box<Selector>>,
}

/// A glob.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern(GlobMatcher);

impl TryFrom<String> for Pattern {
    type Error = GlobError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        matcher(&text).map(Self)
    }
}

impl Pattern {
    fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// The pattern as it is written.
    pub(super) fn text(&self) -> &str {
        self.0.glob().glob()
    }
}

/// One or more globs.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Vec<Pattern>")]
pub struct Patterns(Vec<Pattern>);

impl TryFrom<Vec<Pattern>> for Patterns {
    type Error = &'static str;

    fn try_from(patterns: Vec<Pattern>) -> Result<Self, Self::Error> {
        if patterns.is_empty() { Err("an empty list matches nothing: take it out, or name something") } else { Ok(Self(patterns)) }
    }
}

impl JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A glob: `*` stands for any characters, `/` and `:` too, `?` for one, `[ab]` for one of these, `{a,b}` for either.",
        })
    }
}

impl JsonSchema for Patterns {
    fn schema_name() -> Cow<'static, str> {
        "Patterns".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let pattern = generator.subschema_for::<Pattern>();
        schemars::json_schema!({ "type": "array", "items": pattern, "minItems": 1 })
    }
}

impl Patterns {
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.0.iter().any(|pattern| pattern.is_match(text))
    }

    /// The patterns that can match one text only.
    fn plain(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Pattern::text).filter(|text| is_plain(text))
    }
}

fn is_plain(pattern: &str) -> bool {
    !pattern.contains(['*', '?', '[', '{', '\\'])
}

/// What selectors can ask about a verdict; `None` for what is not known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Subject<'s> {
    /// The check.
    pub check: Option<&'s str>,
    /// The account.
    pub account: Option<&'s str>,
    /// The region, or `global`.
    pub region: Option<&'s str>,
    /// The ARN of the resource.
    pub arn: Option<&'s str>,
    /// Its name, or what its ARN ends in.
    pub name: Option<&'s str>,
    /// Its tags as JSON.
    pub tags: Option<&'s str>,
}

/// What is known of a resource, for [`Subject`].
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) arn: String,
    pub(super) name: Option<String>,
    pub(super) tags: Option<String>,
}

impl Facts {
    /// What a check's selectors can ask.
    pub(super) fn subject<'s>(&'s self, check: &'s Check) -> Subject<'s> {
        Subject {
            check: Some(&check.id),
            account: Some(&self.account),
            region: Some(&self.region),
            arn: Some(&self.arn),
            name: self.name.as_deref(),
            tags: self.tags.as_deref(),
        }
    }
}

impl Selector {
    /// Whether it names nothing.
    pub(super) fn is_empty(&self) -> bool {
        let lists = [&self.checks, &self.resource, &self.account, &self.region, &self.name];
        let nested = self.any.is_some() || self.all.is_some() || self.not.is_some();
        lists.iter().all(|list| list.is_none()) && self.tag.is_none() && !nested
    }

    /// What is wrong with it, in words; a selector that names nothing at all may be right.
    pub(super) fn fault(&self) -> Option<&'static str> {
        if self.tag.as_ref().is_some_and(BTreeMap::is_empty) {
            return Some("`tag` is empty: take it out, or name a tag, with \"*\" for any value");
        }
        if [&self.any, &self.all].into_iter().flatten().any(Vec::is_empty) {
            return Some("`any` and `all` need at least one selector: take them out, or name something");
        }
        let inner = || self.any.iter().flatten().chain(self.all.iter().flatten()).chain(self.not.as_deref());
        if inner().any(Self::is_empty) {
            return Some("a selector under `any`, `all` or `not` names nothing and would match everything");
        }
        inner().find_map(Self::fault)
    }

    /// Whether it matches; `None` when that cannot be decided.
    pub(super) fn decide(&self, of: &Subject<'_>) -> Option<bool> {
        let one_of = |patterns: &Option<Patterns>, text: Option<&str>| match patterns {
            None => Some(true),
            Some(patterns) => text.map(|text| patterns.is_match(text)),
        };
        let resource = match &self.resource {
            None => Some(true),
            Some(patterns) => of.arn.map(|arn| patterns.is_match(arn) || patterns.is_match(&super::row::short(arn))),
        };
        let told = [
            one_of(&self.checks, of.check),
            one_of(&self.account, of.account),
            one_of(&self.region, of.region),
            one_of(&self.name, of.name),
            resource,
            self.decide_tags(of.tags),
            self.not.as_ref().map_or(Some(true), |not| not.decide(of).map(|told| !told)),
        ];
        let each = self.all.iter().flatten().map(|one| one.decide(of));
        let any = self.any.as_ref().map(|any| or(any.iter().map(|one| one.decide(of))));
        and(told.into_iter().chain(each).chain(any))
    }

    fn decide_tags(&self, tags: Option<&str>) -> Option<bool> {
        let Some(wanted) = &self.tag else { return Some(true) };
        let tags: BTreeMap<String, Value> = serde_json::from_str(tags?).ok()?;
        let has = |(key, pattern): (&String, &Pattern)| tags.get(key).and_then(Value::as_str).is_some_and(|value| pattern.is_match(value));
        Some(wanted.iter().all(has))
    }

    /// The accounts that it names in full, by themselves or in ARNs; what stands under `not` is not among them.
    pub(super) fn accounts(&self) -> Vec<&str> {
        let mut accounts: Vec<&str> = self.account.iter().flat_map(Patterns::plain).collect();
        let arns = self.resource.iter().flat_map(|patterns| patterns.0.iter().map(Pattern::text));
        accounts.extend(arns.filter_map(|arn| arn.split(':').nth(4)).filter(|part| !part.is_empty() && is_plain(part)));
        let nested = self.any.iter().flatten().chain(self.all.iter().flatten());
        accounts.extend(nested.flat_map(Self::accounts));
        accounts.sort_unstable();
        accounts.dedup();
        accounts
    }
}

/// True when all are; false when one is, whatever the others are.
pub(super) fn and(mut told: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    told.try_fold(Some(true), |all, one| match one {
        Some(false) => Err(()),
        one => Ok(all.and(one)),
    })
    .unwrap_or(Some(false))
}

fn or(told: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    and(told.map(|one| one.map(|one| !one))).map(|none| !none)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBJECT: Subject<'_> = Subject {
        check: Some("vpc/nat_gateway_idle"),
        account: Some("111122223333"),
        region: Some("eu-west-1"),
        arn: Some("arn:aws:ec2:eu-west-1:111122223333:natgateway/nat-1"),
        name: Some("egress-a"),
        tags: Some(r#"{"env":"dev1","team":"","n":1}"#),
    };

    fn selector(text: &str) -> Selector {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn each_selector_matches_and_does_not() {
        let both = [
            ("checks = ['vpc/nat_*']", "checks = ['vpc/subnet_*']"),
            ("checks = ['s3/x', '*idle']", "checks = ['s3/*', 'VPC/*']"),
            ("resource = ['arn:aws:ec2:*:*:natgateway/nat-1']", "resource = ['arn:aws:ec2:*:*:natgateway/nat-2']"),
            ("resource = ['nat-?']", "resource = ['nat']"),
            ("resource = ['arn:aws:*1']", "resource = ['arn:aws-cn:*']"),
            ("account = ['111122223333']", "account = ['444455556666']"),
            ("account = ['1111*']", "account = ['1111']"),
            ("region = ['us-*', 'eu-west-1']", "region = ['eu-central-1']"),
            ("name = ['egress-*']", "name = ['*-b']"),
            ("name = ['egress-{a,b}']", "name = ['egress-[bc]']"),
            ("tag = { env = 'dev*' }", "tag = { env = 'prod' }"),
            ("tag = { env = 'dev1', team = '*' }", "tag = { env = 'dev1', owner = '*' }"),
            ("any = [{ region = ['us-*'] }, { tag = { env = 'dev*' } }]", "any = [{ region = ['us-*'] }, { tag = { env = 'x' } }]"),
            ("all = [{ name = ['*a'] }, { name = ['e*'] }]", "all = [{ name = ['*a'] }, { name = ['f*'] }]"),
            ("not = { account = ['444455556666'] }", "not = { account = ['111122223333'] }"),
            ("not = { any = [{ region = ['us-*'] }, { name = ['x'] }] }", "not = { not = { region = ['us-*'] } }"),
            ("region = ['eu-*']\naccount = ['1*']", "region = ['eu-*']\naccount = ['2*']"),
        ];
        for (yes, no) in both {
            assert_eq!(selector(yes).decide(&SUBJECT), Some(true), "{yes}");
            assert_eq!(selector(no).decide(&SUBJECT), Some(false), "{no}");
        }
    }

    #[test]
    fn a_star_stands_for_slashes_and_colons_too() {
        for pattern in ["*", "arn:*", "arn:aws:ec2:*:natgateway/*", "arn:aws:ec2:*nat-1", "arn:aws:ec2:eu-west-1:111122223333:natgateway*"]
        {
            assert_eq!(selector(&format!("resource = ['{pattern}']")).decide(&SUBJECT), Some(true), "{pattern}");
        }
    }

    #[test]
    fn what_is_not_known_leaves_it_open_where_it_matters() {
        let unread = Subject { tags: None, ..SUBJECT };
        let place = Subject { arn: None, name: None, tags: None, ..SUBJECT };
        let cases = [
            ("tag = { env = 'dev*' }", None, None),
            ("not = { tag = { env = 'dev*' } }", None, None),
            ("tag = { env = 'dev*' }\nregion = ['us-*']", Some(false), Some(false)),
            ("any = [{ tag = { env = 'x' } }, { region = ['eu-*'] }]", Some(true), Some(true)),
            ("any = [{ tag = { env = 'x' } }, { region = ['us-*'] }]", None, None),
            ("resource = ['*']", Some(true), None),
            ("not = { name = ['egress-*'] }", Some(false), None),
            ("account = ['1*']", Some(true), Some(true)),
        ];
        for (text, of_unread, of_place) in cases {
            assert_eq!((selector(text).decide(&unread), selector(text).decide(&place)), (of_unread, of_place), "{text}");
        }
    }

    #[test]
    fn a_selector_that_would_match_by_accident_is_refused() {
        let wrong = |text: &str| selector(text).fault().unwrap();
        assert!(wrong("any = []").contains("at least one"));
        assert!(wrong("not = {}").contains("names nothing"));
        assert!(wrong("all = [{ not = { tag = {} } }]").contains("name a tag"));
        assert!(toml::from_str::<Selector>("account = []").unwrap_err().to_string().contains("an empty list matches nothing"));
        assert!(toml::from_str::<Selector>("name = ['[a']").unwrap_err().to_string().contains("unclosed character class"));
        assert_eq!(selector("").fault(), None);
    }

    #[test]
    fn accounts_that_are_named_in_full_are_known() {
        let text = "account = ['1', '2*']\nany = [{ resource = ['arn:aws:s3:::b', 'arn:aws:ec2:*:3:x', 'id'] }]\nnot = { account = ['4'] }";
        assert_eq!(selector(text).accounts(), ["1", "3"]);
    }
}
