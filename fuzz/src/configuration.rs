//! `driftlead.toml`: parameters, rules, waivers, the store, what drift ignores, who is notified.

use std::path::Path;

use driftlead::check::{self, Check, Subject};
use driftlead::config::Configuration;

thread_local! {
    static CHECKS: Vec<Check> = check::shipped().expect("the checks that are shipped");
}

const TAGS: &str = r#"{"env":"dev","team":""}"#;

/// Reads it, fits it to the checks, and asks which values hold.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let again = || Configuration::parse(Path::new("driftlead.toml"), text);
    let mut config = match again() {
        Ok(config) => config,
        Err(error) => {
            assert_eq!(again().map(|_| ()), Err(error.clone()), "the same text, another error");
            return assert!(error.to_string().starts_with("driftlead.toml"), "{error}");
        }
    };
    CHECKS.with(|checks| {
        let fit = config.checks.fits(checks);
        // A rule that fits no check is refused; asking what holds is safe all the same.
        let known = Subject {
            check: Some("vpc/nat_gateway_idle"),
            account: Some("111122223333"),
            region: Some("us-east-1"),
            arn: Some("arn:aws:ec2:us-east-1:111122223333:natgateway/nat-1"),
            name: Some("egress"),
            tags: Some(TAGS),
        };
        for check in checks.iter().filter(|check| !check.card.params.is_empty()) {
            let subject = Subject { check: Some(&check.id), ..known };
            assert_eq!(config.checks.possible(check, &subject).len(), 1, "everything is known, and it is open which value holds");
            let open = config.checks.possible(check, &Subject { tags: None, ..subject });
            assert!(!open.is_empty(), "no value holds");
        }
        if fit.is_ok() {
            let mut twice = again().expect("what was read can be read again");
            assert_eq!(twice.checks.fits(checks), Ok(()), "what fits once fits twice");
        }
    });
}
