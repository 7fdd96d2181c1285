//! A policy, made ready to be asked about one action after the other.

use std::collections::HashSet;

use serde_json::Value;

use crate::inventory::policy::{NotAPolicy, Statement, matches, parse};

/// A policy.
#[derive(Debug)]
pub struct Document {
    /// Its ARN, or its name where it is an inline one.
    pub name: String,
    /// Its statements.
    pub(super) clauses: Vec<Clause>,
    /// Whether `${…}` in it are variables.
    pub(super) has_variables: bool,
}

/// A statement, and the services that it names.
#[derive(Debug)]
pub(super) struct Clause {
    pub(super) statement: Statement,
    /// Services whose actions it can be about; `None` for all. AWS's own policies name hundreds of actions, and most questions are
    /// about another service: that is seen without comparing any of them.
    services: Option<HashSet<String>>,
}

impl Clause {
    fn of(statement: Statement) -> Self {
        let service = |pattern: &String| {
            let (service, _) = pattern.split_once(':')?;
            (!service.contains(['*', '?'])).then(|| service.to_owned())
        };
        let services = if statement.not_actions.is_empty() { statement.actions.iter().map(service).collect() } else { None };
        Self { statement, services }
    }

    /// Whether it names an action. `action` is in lower case.
    pub(super) fn names(&self, action: &str) -> bool {
        let service = action.split(':').next().unwrap_or(action);
        if self.services.as_ref().is_some_and(|services| !services.contains(service)) {
            return false;
        }
        let is_in = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, action));
        if self.statement.not_actions.is_empty() { is_in(&self.statement.actions) } else { !is_in(&self.statement.not_actions) }
    }
}

impl Document {
    /// Takes a document apart.
    ///
    /// # Errors
    /// When the text is no policy.
    pub fn parse(name: &str, text: &str) -> Result<Self, NotAPolicy> {
        let clauses = parse(text)?.into_iter().map(Clause::of).collect();
        let version = serde_json::from_str::<Value>(text).ok().and_then(|value| Some(value.get("Version")?.as_str()?.to_owned()));
        Ok(Self { name: name.to_owned(), clauses, has_variables: version.as_deref() == Some("2012-10-17") })
    }
}
