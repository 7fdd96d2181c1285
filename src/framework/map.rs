//! A framework with the checks behind its requirements.

use std::collections::BTreeSet;

use super::{Clause, Framework, FrameworkError};
use crate::finding::Asked;
use crate::glob::matcher;

/// A framework, and which checks are behind each of its requirements.
#[derive(Debug, Clone)]
pub struct Mapped {
    /// The framework.
    pub framework: Framework,
    /// Beside each requirement the ids of its checks, sorted; none for one that no check is behind.
    behind: Vec<Vec<String>>,
}

impl Framework {
    /// Finds the checks behind each requirement: those whose front-matter names it, and those that the file itself lists.
    ///
    /// # Errors
    /// When a check names a requirement that the framework does not have, or a pattern of the file is none or matches no check: a
    /// verdict would be missing without anybody seeing it.
    pub fn map(self, checks: &[Asked]) -> Result<Mapped, FrameworkError> {
        for check in checks {
            let named = check.frameworks.get(&self.id).into_iter().flatten();
            if let Some(id) = named.into_iter().find(|id| self.clause(id).is_none()) {
                return Err(self.wrong(format!("the check {} names the requirement {id} of {}, which it does not have", check.id, self.id)));
            }
        }
        let behind = self.clauses.iter().map(|clause| self.behind(clause, checks)).collect::<Result<_, _>>()?;
        Ok(Mapped { framework: self, behind })
    }

    fn behind(&self, clause: &Clause, checks: &[Asked]) -> Result<Vec<String>, FrameworkError> {
        let names_it = |check: &&Asked| check.frameworks.get(&self.id).is_some_and(|ids| ids.contains(&clause.id));
        let mut behind: BTreeSet<&str> = checks.iter().filter(names_it).map(|check| check.id.as_str()).collect();
        for pattern in &clause.checks {
            let glob = matcher(pattern).map_err(|error| self.wrong(format!("the requirement {}: {error}", clause.id)))?;
            let known = behind.len();
            behind.extend(checks.iter().map(|check| check.id.as_str()).filter(|id| glob.is_match(id)));
            if behind.len() == known && !checks.iter().any(|check| glob.is_match(&check.id)) {
                let detail = format!("the requirement {}: no check is called `{pattern}` (driftlead list checks shows all)", clause.id);
                return Err(self.wrong(detail));
            }
        }
        Ok(behind.into_iter().map(str::to_owned).collect())
    }

    fn wrong(&self, detail: String) -> FrameworkError {
        FrameworkError { path: self.path.clone(), line: None, detail }
    }
}

impl Mapped {
    /// The requirements in the framework's order, each with the ids of the checks behind it.
    pub fn clauses(&self) -> impl Iterator<Item = (&Clause, &[String])> {
        self.framework.clauses.iter().zip(self.behind.iter().map(Vec::as_slice))
    }

    /// The requirements that a check is behind, in the framework's order.
    pub fn behind(&self, check: &str) -> Vec<String> {
        let is_behind = |checks: &[String]| checks.iter().any(|id| id == check);
        self.clauses().filter(|(_, checks)| is_behind(checks)).map(|(clause, _)| clause.id.clone()).collect()
    }

    /// The checks behind any of the requirements.
    pub fn checks(&self) -> BTreeSet<&str> {
        self.behind.iter().flatten().map(String::as_str).collect()
    }
}

#[cfg(test)]
pub(super) mod testing {
    //! Checks and a framework to try things on.

    use std::path::Path;

    use super::*;
    use crate::finding::Finding;

    /// A check with the requirements of `f` that it names.
    pub fn asked(id: &str, requirements: &[&str]) -> Asked {
        let sample = Finding::sample();
        let requirements: Vec<String> = requirements.iter().map(|id| (*id).to_owned()).collect();
        Asked {
            id: id.to_owned(),
            title: String::new(),
            severity: sample.severity,
            leg: sample.leg,
            family: sample.family,
            why: String::new(),
            fix: String::new(),
            reasons: Default::default(),
            frameworks: [("f".to_owned(), requirements)].into(),
            references: Vec::new(),
        }
    }

    /// A framework with requirements 1, 2 and 3, the last of which lists checks itself.
    pub fn framework(listed: &str) -> Framework {
        let one = |id: &str, more: &str| format!("[[requirement]]\nid = '{id}'\ntitle = 't{id}'\n{more}\n");
        let text = format!("id = 'f'\ntitle = 'F'\n{}{}{}", one("1", ""), one("2", ""), one("3", &format!("checks = [{listed}]")));
        super::super::parse(Path::new("f.toml"), &text).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{asked, framework};
    use super::*;

    #[test]
    fn checks_stand_behind_what_they_name_and_what_lists_them() {
        let checks = [asked("s/a", &["1"]), asked("s/b", &["1"]), asked("t/c", &[])];
        let mapped = framework("'t/*', 's/b'").map(&checks).unwrap();
        let behind: Vec<Vec<String>> = mapped.clauses().map(|(_, checks)| checks.to_vec()).collect();
        assert_eq!(behind, [vec!["s/a".to_owned(), "s/b".to_owned()], vec![], vec!["s/b".to_owned(), "t/c".to_owned()]]);
        assert_eq!(mapped.behind("s/b"), ["1", "3"]);
        assert_eq!(mapped.checks().into_iter().collect::<Vec<_>>(), ["s/a", "s/b", "t/c"]);
    }

    #[test]
    fn a_mapping_that_leads_nowhere_is_refused() {
        let error = |listed: &str, checks: &[Asked]| framework(listed).map(checks).unwrap_err().to_string();
        assert_eq!(error("", &[asked("s/a", &["9"])]), "f.toml: the check s/a names the requirement 9 of f, which it does not have");
        assert!(error("'x/*'", &[asked("s/a", &[])]).contains("the requirement 3: no check is called `x/*`"));
        assert!(error("'x/['", &[asked("s/a", &[])]).contains("the requirement 3: error parsing glob"));
    }
}
