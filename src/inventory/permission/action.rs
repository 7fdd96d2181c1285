//! The actions of the namespaces that own an account: IAM, Organizations, Account Management.

use std::sync::LazyLock;

/// The namespaces.
pub const NAMESPACES: [&str; 3] = ["iam", "organizations", "account"];

/// An action that no list has: it stands for those that AWS adds later. Only a wildcard can match it.
pub const UNLISTED: &str = "~unlisted";

/// An action.
#[derive(Debug)]
pub struct Action {
    /// The namespace.
    pub namespace: &'static str,
    /// `iam:CreateRole`.
    pub name: &'static str,
    /// Patterns of the resources that a statement can name for it, with PARTITION and ACCOUNT to be filled in; none: only `*`.
    pub resources: Vec<&'static str>,
}

/// All known actions, as `actions.txt` has them.
pub static ACTIONS: LazyLock<Vec<Action>> = LazyLock::new(|| {
    let lines = || include_str!("actions.txt").lines().filter(|line| !line.starts_with('#'));
    let types: Vec<(&str, &str)> = lines().filter_map(|line| line.strip_prefix("type ")?.split_once(' ')).collect();
    let of_type = |namespace: &str, wanted: &str| {
        types.iter().find(|(name, _)| name.split_once(':') == Some((namespace, wanted))).map(|(_, pattern)| *pattern)
    };
    let action = |line: &'static str| {
        let mut words = line.split(' ');
        let name = words.next()?;
        let (namespace, _) = name.split_once(':')?;
        Some(Action { namespace, name, resources: words.filter_map(|word| of_type(namespace, word)).collect() })
    };
    lines().filter(|line| !line.starts_with("type ")).filter_map(action).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_understood() {
        let lines = include_str!("actions.txt").lines().filter(|line| !line.starts_with(['#']) && !line.starts_with("type "));
        for line in lines {
            let name = line.split(' ').next().unwrap();
            let action = ACTIONS.iter().find(|action| action.name == name).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(action.resources.len(), line.split(' ').count() - 1, "{line}: a resource type that has no line");
            assert!(NAMESPACES.contains(&action.namespace), "{line}");
        }
        assert!(NAMESPACES.iter().all(|namespace| ACTIONS.iter().any(|action| action.namespace == *namespace)));
    }
}
