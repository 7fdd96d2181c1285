//! One question at a time: does a statement apply, is an action denied, is it allowed.

use std::sync::Arc;

use super::condition::{Context, holds};
use super::document::{Clause, Document};
use super::pattern::{covers, meet};
use super::truth::Truth;
use crate::inventory::policy::Statement;

/// Policies that count as one: what any of them allows is allowed, what any of them denies is denied.
#[derive(Debug, Clone)]
pub struct Policies {
    /// Those that were read.
    pub documents: Vec<Arc<Document>>,
    /// Whether these are all that there are.
    pub is_whole: bool,
}

/// What an organization's service control policies leave of an account.
#[derive(Debug, Clone)]
pub enum Guardrail {
    /// There are none: no organization, its management account, or the policies are not in force.
    None,
    /// A set of policies for the root, each unit on the way, and the account.
    Levels(Vec<Policies>),
    /// Nobody could read them.
    Unread,
}

/// Somebody, with all policies that bound what they may do.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Their ARN.
    pub arn: String,
    /// The policies of a role; of a user, the groups' too.
    pub identity: Policies,
    /// The permissions boundary, if there is one.
    pub boundary: Option<Policies>,
    /// The organization's.
    pub guardrail: Guardrail,
    /// What every request of theirs has in common.
    pub context: Context,
}

/// What a statement has to do with an action on a resource (or on all that a pattern matches).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// Whether it is about all of that resource pattern.
    pub covers: Truth,
    /// Whether it may be about some of it: a condition that is open, or a part of the resources.
    pub touches: bool,
}

fn weigh(document: &Document, clause: &Clause, action: &str, resource: &str, context: &Context) -> Match {
    let nothing = Match { covers: Truth::No, touches: false };
    if !clause.names(action) {
        return nothing;
    }
    let statement = &clause.statement;
    let condition = holds(&statement.condition, context, document.has_variables);
    if condition == Truth::No {
        return nothing;
    }
    let fill = |pattern: &String| if document.has_variables { context.fill(pattern) } else { Ok(pattern.clone()) };
    // A variable without a known value can stand for anything.
    let widest = |pattern: &String| {
        pattern.split("${").map(|part| part.split_once('}').map_or(part, |(_, rest)| rest)).collect::<Vec<_>>().join("*")
    };
    let (covered, touched) = if statement.not_resources.is_empty() {
        let one = |pattern: &String| match fill(pattern) {
            Ok(pattern) => (Truth::from(covers(&pattern, resource)), meet(&pattern, resource)),
            Err(Truth::No) => (Truth::No, false),
            Err(_) if meet(&widest(pattern), resource) => (Truth::Open, true),
            Err(_) => (Truth::No, false),
        };
        let all: Vec<_> = statement.resources.iter().map(one).collect();
        (Truth::any(all.iter().map(|(covered, _)| *covered)), all.iter().any(|(_, touched)| *touched))
    } else {
        let one = |pattern: &String| match fill(pattern) {
            Ok(pattern) => (Truth::from(meet(&pattern, resource)), covers(&pattern, resource)),
            Err(Truth::No) => (Truth::No, false),
            Err(_) if meet(&widest(pattern), resource) => (Truth::Open, false),
            Err(_) => (Truth::No, false),
        };
        let all: Vec<_> = statement.not_resources.iter().map(one).collect();
        (Truth::any(all.iter().map(|(met, _)| *met)).not(), !all.iter().any(|(_, covered)| *covered))
    };
    Match { covers: covered.and(condition), touches: touched }
}

impl Policies {
    /// No policy at all, for certain.
    pub fn none() -> Self {
        Self { documents: Vec::new(), is_whole: true }
    }

    /// The statements of an effect, each with what it has to do with the action on the resource.
    pub fn matching<'p>(
        &'p self,
        effect: &'static str,
        action: &'p str,
        resource: &'p str,
        context: &'p Context,
    ) -> impl Iterator<Item = (&'p Document, &'p Statement, Match)> {
        self.documents.iter().flat_map(move |document| {
            let clauses = document.clauses.iter().filter(move |clause| clause.statement.effect == effect);
            clauses.map(move |clause| (document.as_ref(), &clause.statement, weigh(document, clause, action, resource, context)))
        })
    }

    /// Whether one of them does this to the action on all of the resource.
    pub fn say(&self, effect: &'static str, action: &str, resource: &str, context: &Context) -> Truth {
        let said = Truth::any(self.matching(effect, action, resource, context).map(|(_, _, is)| is.covers));
        said.or(if self.is_whole { Truth::No } else { Truth::Open })
    }
}

impl Guardrail {
    /// Every level, or `None` where they were not read.
    fn levels(&self) -> Option<&[Policies]> {
        match self {
            Self::None => Some(&[]),
            Self::Levels(levels) => Some(levels),
            Self::Unread => None,
        }
    }

    /// Whether one of them denies the action on all of the resource.
    pub fn denies(&self, action: &str, resource: &str, context: &Context) -> Truth {
        let levels = self.levels().map(|levels| Truth::any(levels.iter().map(|level| level.say("Deny", action, resource, context))));
        levels.unwrap_or(Truth::Open)
    }

    fn allows(&self, action: &str, resource: &str, context: &Context) -> Truth {
        let levels = self.levels().map(|levels| Truth::all(levels.iter().map(|level| level.say("Allow", action, resource, context))));
        levels.unwrap_or(Truth::Open)
    }
}

impl Principal {
    /// The policies of the account itself: the identity's and the boundary.
    pub fn own(&self) -> impl Iterator<Item = &Policies> {
        std::iter::once(&self.identity).chain(&self.boundary)
    }

    /// Every set of policies in which a Deny counts; those of a guardrail that was not read are missing.
    pub fn all(&self) -> impl Iterator<Item = &Policies> {
        self.own().chain(self.guardrail.levels().into_iter().flatten())
    }

    /// Whether the action is denied on all of the resource by a policy of the account itself.
    pub fn denied_in_account(&self, action: &str, resource: &str) -> Truth {
        Truth::any(self.own().map(|policies| policies.say("Deny", action, resource, &self.context)))
    }

    /// Whether the action is allowed on all of the resource. `action` is in lower case; the resource may be a pattern.
    ///
    /// A Deny of a part of the resource leaves the rest allowed.
    pub fn allows(&self, action: &str, resource: &str, context: &Context) -> Truth {
        let denied = Truth::any(self.own().map(|policies| policies.say("Deny", action, resource, context)));
        let denied = denied.or(self.guardrail.denies(action, resource, context));
        let allowed = self.own().map(|policies| policies.say("Allow", action, resource, context));
        Truth::all(allowed).and(self.guardrail.allows(action, resource, context)).and(denied.not())
    }

    /// Whether the action is allowed on anything that a pattern matches.
    pub fn allows_some(&self, action: &str, pattern: &str, context: &Context) -> Truth {
        let mut asked: Vec<String> = vec![pattern.to_owned()];
        for policies in self.all() {
            for (document, statement, is) in policies.matching("Allow", action, pattern, context) {
                if !is.touches {
                    continue;
                }
                // What a statement allows in part: its own patterns that lie inside of what is asked.
                for own in &statement.resources {
                    let own = if document.has_variables { context.fill(own) } else { Ok(own.clone()) };
                    asked.extend(own.ok().filter(|own| covers(pattern, own)));
                }
                if !statement.not_resources.is_empty() {
                    asked.push(pattern.replace('*', "~any"));
                }
            }
        }
        asked.sort();
        asked.dedup();
        let some = Truth::any(asked.iter().map(|resource| self.allows(action, resource, context)));
        if some != Truth::No {
            return some;
        }
        // Two patterns that only overlap, or a variable that nobody can fill in: some of it may be allowed.
        let may =
            |policies: &Policies| !policies.is_whole || policies.matching("Allow", action, pattern, context).any(|(_, _, is)| is.touches);
        let is_denied = self.all().any(|policies| policies.say("Deny", action, pattern, context) == Truth::Yes);
        let may_be = self.all().all(may) && !is_denied && !self.is_denied_piecemeal(action, pattern, context);
        if may_be { Truth::Open } else { Truth::No }
    }

    /// Whether each pattern that the identity allows is denied as a whole: then nothing is left of it.
    fn is_denied_piecemeal(&self, action: &str, pattern: &str, context: &Context) -> bool {
        let denied = |resource: &str| self.all().any(|policies| policies.say("Deny", action, resource, context) == Truth::Yes);
        // What was not read may allow it.
        let is_left_out = |policies: &Policies, resource: &str| {
            policies.is_whole && !policies.matching("Allow", action, resource, context).any(|(_, _, is)| is.touches)
        };
        let outside = |resource: &str| self.own().any(|policies| is_left_out(policies, resource));
        self.identity.is_whole
            && self.identity.matching("Allow", action, pattern, context).filter(|(_, _, is)| is.touches).all(|(document, statement, _)| {
                let of = |own: &String| if document.has_variables { context.fill(own).ok() } else { Some(own.clone()) };
                statement.not_resources.is_empty()
                    && statement
                        .resources
                        .iter()
                        .all(|own| of(own).is_some_and(|own| denied(&own) || outside(&own) || !meet(&own, pattern)))
            })
    }

    /// The policies that allow the action on something, as far as the identity's own go.
    pub fn allowed_by(&self, action: &str, context: &Context) -> Vec<String> {
        let all = self.identity.matching("Allow", action, "*", context);
        all.filter(|(_, _, is)| is.touches).map(|(document, _, _)| document.name.clone()).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::Truth::{No, Open, Yes};
    use super::*;

    pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/app";

    pub(crate) fn policies(documents: &[&str]) -> Policies {
        let read = |(i, text): (usize, &&str)| {
            let text = format!(r#"{{"Version":"2012-10-17","Statement":{text}}}"#);
            Arc::new(Document::parse(&format!("p{i}"), &text).unwrap_or_else(|error| panic!("{text}: {error}")))
        };
        Policies { documents: documents.iter().enumerate().map(read).collect(), is_whole: true }
    }

    /// A role with these statements.
    pub(crate) fn role(documents: &[&str]) -> Principal {
        let context = Context::default().with("aws:PrincipalArn", ROLE).without("aws:username");
        Principal { arn: ROLE.to_owned(), identity: policies(documents), boundary: None, guardrail: Guardrail::None, context }
    }

    fn asks(principal: &Principal, action: &str, resource: &str) -> Truth {
        principal.allows(action, resource, &principal.context)
    }

    const ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;

    #[test]
    fn a_deny_wins_wherever_it_stands() {
        let denies = r#"[{"Effect":"Deny","Action":"IAM:*","Resource":"*"}]"#;
        assert_eq!(asks(&role(&[ALL, denies]), "iam:passrole", "*"), No);
        assert_eq!(asks(&role(&[ALL, denies]), "s3:getobject", "*"), Yes);
        assert_eq!(asks(&Principal { boundary: Some(policies(&[ALL, denies])), ..role(&[ALL]) }, "iam:passrole", "*"), No);
        let above = Guardrail::Levels(vec![policies(&[ALL]), policies(&[ALL, denies])]);
        assert_eq!(asks(&Principal { guardrail: above, ..role(&[ALL]) }, "iam:passrole", "*"), No);
    }

    #[test]
    fn without_an_allow_there_is_none() {
        assert_eq!(asks(&role(&[]), "s3:getobject", "*"), No);
        assert_eq!(asks(&role(&[r#"{"Effect":"Allow","Action":"s3:Get?bject","Resource":"*"}"#]), "s3:getobject", "*"), Yes);
        assert_eq!(asks(&role(&[r#"{"Effect":"Allow","Action":"*:*","Resource":"*"}"#]), "s3:getobject", "*"), Yes);
    }

    #[test]
    fn a_boundary_grants_nothing() {
        let bounded = |own: &[&str], boundary: &str| Principal { boundary: Some(policies(&[boundary])), ..role(own) };
        assert_eq!(asks(&bounded(&[], ALL), "s3:getobject", "*"), No);
        assert_eq!(asks(&bounded(&[ALL], r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#), "iam:passrole", "*"), No);
        assert_eq!(asks(&bounded(&[ALL], r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#), "s3:getobject", "*"), Yes);
    }

    #[test]
    fn every_level_above_needs_an_allow_of_its_own() {
        let under = |levels: &[&[&str]]| {
            let levels = levels.iter().map(|level| policies(level)).collect();
            asks(&Principal { guardrail: Guardrail::Levels(levels), ..role(&[ALL]) }, "s3:getobject", "*")
        };
        let s3 = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#;
        let ec2 = r#"{"Effect":"Allow","Action":"ec2:*","Resource":"*"}"#;
        assert_eq!(under(&[&[ALL], &[s3]]), Yes);
        assert_eq!(under(&[&[ec2], &[ALL]]), No, "several levels are an intersection");
        assert_eq!(under(&[&[ec2, s3], &[ALL]]), Yes, "several policies on a level are a union");
        assert_eq!(under(&[&[ALL], &[]]), No, "a level with nothing denies");
        assert_eq!(asks(&Principal { guardrail: Guardrail::Unread, ..role(&[ALL]) }, "s3:getobject", "*"), Open);
        assert_eq!(asks(&Principal { guardrail: Guardrail::Unread, ..role(&[]) }, "s3:getobject", "*"), No);
    }

    #[test]
    fn complements_are_not_denials() {
        let but = r#"{"Effect":"Allow","NotAction":["iam:*"],"Resource":"*"}"#;
        assert_eq!([asks(&role(&[but]), "iam:passrole", "*"), asks(&role(&[but]), "s3:getobject", "*")], [No, Yes]);
        assert_eq!(role(&[but]).denied_in_account("iam:passrole", "*"), No);
        let none = r#"{"Effect":"Deny","NotAction":["s3:*"],"Resource":"*"}"#;
        assert_eq!(role(&[none]).denied_in_account("iam:passrole", "*"), Yes);
        let other = r#"{"Effect":"Deny","NotAction":["iam:*"],"Resource":"*"}"#;
        let both = role(&[none, other]);
        assert_eq!([both.denied_in_account("iam:passrole", "*"), both.denied_in_account("s3:getobject", "*")], [Yes, Yes]);
        let elsewhere = r#"{"Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::audit/*"}"#;
        assert_eq!(asks(&role(&[elsewhere]), "s3:getobject", "arn:aws:s3:::docs/a"), Yes);
        assert_eq!(asks(&role(&[elsewhere]), "s3:getobject", "arn:aws:s3:::audit/a"), No);
        assert_eq!(role(&[elsewhere]).allows_some("s3:getobject", "*", &Context::default()), Yes);
    }

    #[test]
    fn resources_are_compared_with_case_and_actions_without() {
        let one = role(&[r#"{"Effect":"Allow","Action":"S3:GETObject","Resource":"arn:aws:s3:::Docs/*"}"#]);
        assert_eq!(asks(&one, "s3:getobject", "arn:aws:s3:::Docs/a"), Yes);
        assert_eq!(asks(&one, "s3:getobject", "arn:aws:s3:::docs/a"), No);
    }

    #[test]
    fn a_condition_that_hangs_on_the_request_leaves_it_open() {
        let mfa = r#"{"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}"#;
        assert_eq!(asks(&role(&[ALL, mfa]), "iam:passrole", "*"), Open);
        assert_eq!(asks(&role(&[mfa]), "iam:passrole", "*"), No, "nothing allows it anyway");
        let only = r#"{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}"#;
        assert_eq!(role(&[only]).allows_some("iam:passrole", "*", &Context::default()), Open);
        let own =
            r#"{"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/app"}}}"#;
        assert_eq!(role(&[own]).denied_in_account("iam:passrole", "*"), Yes);
        let others = own.replace("ArnLike", "ArnNotLike");
        assert_eq!(role(&[&others]).denied_in_account("iam:passrole", "*"), No);
    }

    #[test]
    fn a_narrow_deny_leaves_the_rest_allowed() {
        let one = r#"{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::audit/*"}"#;
        assert_eq!(role(&[ALL, one]).allows_some("s3:getobject", "*", &Context::default()), Yes);
        let same = r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::audit/2026/*"}"#;
        assert_eq!(role(&[same, one]).allows_some("s3:getobject", "*", &Context::default()), No);
        let half = Principal {
            boundary: Some(policies(&[r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::*-prod/*"}"#])),
            ..role(&[same])
        };
        assert_eq!(half.allows_some("s3:getobject", "*", &Context::default()), Open, "two patterns that may overlap");
    }

    #[test]
    fn policy_variables_are_filled_in_where_they_are_known() {
        let own = r#"{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"arn:aws:iam::*:user/${aws:username}"}"#;
        let mut ann = role(&[own]);
        ann.context = Context::default().with("aws:username", "ann");
        assert_eq!(asks(&ann, "iam:createaccesskey", "arn:aws:iam::1:user/ann"), Yes);
        assert_eq!(asks(&ann, "iam:createaccesskey", "arn:aws:iam::1:user/bob"), No);
        assert_eq!(asks(&role(&[own]), "iam:createaccesskey", "arn:aws:iam::1:user/ann"), No, "a role's request has no user name");
        let tag = r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${aws:PrincipalTag/team}/*"}"#;
        assert_eq!(asks(&role(&[tag]), "s3:getobject", "arn:aws:s3:::docs/a"), Open);
        let old = Document::parse("old", &format!(r#"{{"Version":"2008-10-17","Statement":[{own}]}}"#)).unwrap();
        ann.identity = Policies { documents: vec![Arc::new(old)], is_whole: true };
        assert_eq!(asks(&ann, "iam:createaccesskey", "arn:aws:iam::1:user/ann"), No, "an old document has no variables");
    }

    #[test]
    fn a_boundary_that_was_not_read_leaves_open_what_the_identity_allows() {
        let unread = Policies { documents: Vec::new(), is_whole: false };
        let own = r#"[{"Effect":"Allow","Action":"s3:*","Resource":"*??"},{"Effect":"Deny","Action":"*","Resource":"a"}]"#;
        let bounded = Principal { boundary: Some(unread), ..role(&[own]) };
        assert_eq!(bounded.allows_some("s3:getobject", "a*", &Context::default()), Open);
    }

    #[test]
    fn what_was_not_read_leaves_it_open_unless_the_rest_decides() {
        let unread = |documents: &[&str]| Principal { identity: Policies { is_whole: false, ..policies(documents) }, ..role(&[]) };
        assert_eq!(asks(&unread(&[ALL]), "s3:getobject", "*"), Open, "there may be a Deny");
        assert_eq!(asks(&unread(&[]), "s3:getobject", "*"), Open);
        assert_eq!(asks(&unread(&[r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#]), "s3:getobject", "*"), No);
    }
}
