//! What a principal may do, against a slow and simple evaluation of one request after the other.
//!
//! The bytes choose policies out of a few words: identity, boundary, levels of service control policies, each read whole or not. What
//! hangs on the request (an unknown key, an unknown variable, a policy that was not read) is tried every way in the reference. Yes has
//! to hold in each of these worlds, and No in none may be allowed.

use std::sync::Arc;

use driftlead::inventory::permission::{Context, Document, Guardrail, Policies, Principal, Truth};
use serde_json::{Value, json};

use super::pattern::fits;

const ROLE: &str = "arn:aws:iam::111122223333:role/app";
/// The one variable that has a value in every request.
const KNOWN: &str = "${aws:username}";
/// One that has one in some.
const OPEN: &str = "${aws:PrincipalTag/team}";
const NAME: &str = "ab";
const ACTIONS: &[&str] = &["s3:get", "iam:pass"];
const ACTION_PATTERNS: &[&str] = &["*", "s3:*", "S3:Get", "s3:g?t", "iam:*", "iam:Pass", "*:*", "s3:put"];
const PIECES: &[&str] = &["a", "b", "*", "?", KNOWN, OPEN, "", "ab"];
const TEXTS: &[&str] = &["a", "b", "x", "ab", "ba", "ax", "xa", "xb", "abx", "xab", "aab", "abab", "xxx", "axb", "bxa", "xaxbx"];

/// Reads bytes one after the other; then zeros.
struct Bytes<'d>(&'d [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn of<'w>(&mut self, words: &[&'w str]) -> &'w str {
        words[usize::from(self.next()) % words.len()]
    }
}

/// The teams that requests have: a value of [`OPEN`] each.
const TEAMS: [&str; 4] = ["", "a", "b", "xa"];

/// A statement, as the reference knows it.
struct Rule {
    is_allow: bool,
    actions: Vec<String>,
    is_not_action: bool,
    resources: Vec<String>,
    is_not_resource: bool,
    condition: u8,
    /// Of each action, whether the statement is about it.
    about_actions: Vec<bool>,
    /// Of each team and each text, whether the statement is about it.
    about_texts: Vec<Vec<bool>>,
}

/// Policies that count as one.
struct Set {
    /// Whether a document's version knows variables, and its statements.
    documents: Vec<(bool, Vec<Rule>)>,
    is_whole: bool,
}

/// What nobody knows before there is a request.
#[derive(Clone, Copy)]
struct Request {
    has_vpc: bool,
    has_mfa: bool,
    /// Which of [`TEAMS`].
    team: usize,
    /// What policies that were not read say: nothing, everything is allowed, everything is denied.
    unread: u8,
}

/// Asks both.
pub fn run(data: &[u8]) {
    let mut bytes = Bytes(&data[..data.len().min(96)]);
    let shape = bytes.next();
    let mut sets = vec![set(&mut bytes)];
    let has_boundary = shape & 1 == 1;
    if has_boundary {
        sets.push(set(&mut bytes));
    }
    let levels = usize::from(shape >> 1 & 3) % 3;
    (0..levels).for_each(|_| sets.push(set(&mut bytes)));
    let mut real = sets.iter().map(policies).collect::<Vec<_>>().into_iter();
    let context = Context::default().with("aws:PrincipalArn", ROLE).with("aws:username", NAME);
    let principal = Principal {
        arn: ROLE.to_owned(),
        identity: real.next().expect("the identity's"),
        boundary: if has_boundary { real.next() } else { None },
        guardrail: if levels == 0 { Guardrail::None } else { Guardrail::Levels(real.collect()) },
        context: context.clone(),
    };
    let requests = requests(&sets);
    let pattern = format!("{}{}", bytes.of(PIECES).replace(['$', '{'], "a"), bytes.of(&["*", "?", "", "b*"]));
    let fits_pattern: Vec<bool> = TEXTS.iter().map(|text| fits(&pattern, text)).collect();
    for (action_at, action) in ACTIONS.iter().enumerate() {
        let mut is_some_allowed = false;
        for (text_at, text) in TEXTS.iter().enumerate() {
            let said = principal.allows(action, text, &context);
            let allowed = requests.iter().filter(|request| is_allowed(&sets, action_at, text_at, **request)).count();
            match said {
                Truth::Yes => assert!(allowed == requests.len(), "said to be allowed: {action} on {text}: {}", told(&sets)),
                Truth::No => assert!(allowed == 0, "said to be refused: {action} on {text}: {}", told(&sets)),
                Truth::Open => {}
            }
            let denied = principal.denied_in_account(action, text);
            assert!(denied != Truth::Yes || said == Truth::No, "denied and not refused: {action} on {text}: {}", told(&sets));
            is_some_allowed |= fits_pattern[text_at] && allowed > 0;
        }
        let some = principal.allows_some(action, &pattern, &context);
        assert!(some != Truth::No || !is_some_allowed, "nothing of {pattern} is said to be allowed: {action}: {}", told(&sets));
    }
}

fn set(bytes: &mut Bytes<'_>) -> Set {
    let shape = bytes.next();
    let document = |bytes: &mut Bytes<'_>| {
        let is_new = bytes.next() & 7 != 0;
        (is_new, (0..=bytes.next() % 3).map(|_| rule(bytes, is_new)).collect())
    };
    let documents = (0..shape % 4).map(|_| document(bytes)).collect();
    Set { documents, is_whole: shape & 0x70 != 0 }
}

fn rule(bytes: &mut Bytes<'_>, is_new: bool) -> Rule {
    let shape = bytes.next();
    let resource = |bytes: &mut Bytes<'_>| (0..=bytes.next() % 3).map(|_| bytes.of(PIECES)).collect::<String>();
    let actions: Vec<String> = (0..=(shape >> 2 & 1)).map(|_| bytes.of(ACTION_PATTERNS).to_owned()).collect();
    let resources: Vec<String> = (0..=(shape >> 5 & 1)).map(|_| resource(bytes)).collect();
    let (is_not_action, is_not_resource) = (shape & 0x18 == 0x18, shape & 0xc0 == 0xc0);
    let is_about = |patterns: &[String], is_not: bool, text: &str| patterns.iter().any(|pattern| fits(pattern, text)) != is_not;
    let lowercase: Vec<String> = actions.iter().map(|pattern| pattern.to_lowercase()).collect();
    let about_actions = ACTIONS.iter().map(|action| is_about(&lowercase, is_not_action, action)).collect();
    let filled = |pattern: &String, team: &str| if is_new { pattern.replace(KNOWN, NAME).replace(OPEN, team) } else { pattern.clone() };
    let about_texts = TEAMS.iter().map(|team| {
        let filled: Vec<String> = resources.iter().map(|pattern| filled(pattern, team)).collect();
        TEXTS.iter().map(|text| is_about(&filled, is_not_resource, text)).collect()
    });
    Rule {
        is_allow: shape & 3 != 0,
        is_not_action,
        is_not_resource,
        condition: bytes.next() % 10,
        about_actions,
        about_texts: about_texts.collect(),
        actions,
        resources,
    }
}

fn policies(set: &Set) -> Policies {
    let document = |(is_new, rules): &(bool, Vec<Rule>)| {
        let version = if *is_new { "2012-10-17" } else { "2008-10-17" };
        let text = json!({"Version": version, "Statement": rules.iter().map(statement).collect::<Vec<_>>()}).to_string();
        Arc::new(Document::parse("p", &text).expect("a policy"))
    };
    Policies { documents: set.documents.iter().map(document).collect(), is_whole: set.is_whole }
}

fn statement(rule: &Rule) -> Value {
    let mut statement = json!({"Effect": if rule.is_allow { "Allow" } else { "Deny" }});
    statement[if rule.is_not_action { "NotAction" } else { "Action" }] = rule.actions.clone().into();
    statement[if rule.is_not_resource { "NotResource" } else { "Resource" }] = rule.resources.clone().into();
    match rule.condition {
        0..=2 => {}
        3 => statement["Condition"] = json!({"StringEquals": {"aws:principalarn": ROLE}}),
        4 => statement["Condition"] = json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/a*"}}),
        5 => statement["Condition"] = json!({"StringEquals": {"aws:SourceVpc": "vpc-1"}}),
        6 => statement["Condition"] = json!({"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}),
        7 => statement["Condition"] = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        8 => statement["Condition"] = json!({"Null": {"aws:username": "true"}}),
        _ => statement["Condition"] = json!({"StringLike": {"aws:username": ["z", "a?"]}, "Bool": {"aws:MultiFactorAuthPresent": true}}),
    }
    statement
}

fn requests(sets: &[Set]) -> Vec<Request> {
    let mut all = Vec::new();
    for team in 0..TEAMS.len() {
        for bits in 0..4_u8 {
            for unread in 0..if sets.iter().all(|set| set.is_whole) { 1 } else { 3 } {
                all.push(Request { has_vpc: bits & 1 == 1, has_mfa: bits & 2 == 2, team, unread });
            }
        }
    }
    all
}

fn is_allowed(sets: &[Set], action: usize, text: usize, request: Request) -> bool {
    let applies = |set: &Set, is_allow: bool| {
        let is_about = |rule: &Rule| rule.is_allow == is_allow && is_about(rule, action, text, request);
        let said = set.documents.iter().any(|(_, rules)| rules.iter().any(is_about));
        said || (!set.is_whole && request.unread == if is_allow { 1 } else { 2 })
    };
    !sets.iter().any(|set| applies(set, false)) && sets.iter().all(|set| applies(set, true))
}

fn is_about(rule: &Rule, action: usize, text: usize, request: Request) -> bool {
    let holds = match rule.condition {
        0..=3 => true,
        4 | 8 => false,
        5 => request.has_vpc,
        6 => !request.has_vpc,
        _ => request.has_mfa,
    };
    rule.about_actions[action] && rule.about_texts[request.team][text] && holds
}

fn told(sets: &[Set]) -> String {
    let document =
        |(is_new, rules): &(bool, Vec<Rule>)| format!("{is_new} {}", Value::from(rules.iter().map(statement).collect::<Vec<_>>()));
    let set = |set: &Set| format!("\n{} {}", set.is_whole, set.documents.iter().map(document).collect::<Vec<_>>().join(" "));
    sets.iter().map(set).collect()
}
