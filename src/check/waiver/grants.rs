//! What `until_changed` waivers were granted on: a lock file beside the configuration, written by `driftlead waive`, read by whoever
//! judges, and kept with the configuration.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Waiver, Waivers};
use crate::finding::Finding;

/// What stands above the entries.
const HEAD: &str = "# Written by `driftlead waive`: the evidence on which each waiver with `until_changed` was granted. Keep it beside the\n\
    # configuration. A verdict whose evidence has another digest is not muted any more.\n";

/// The entries of a lock file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grants {
    /// Each of them.
    #[serde(default)]
    pub grant: Vec<Grant>,
}

/// What a waiver was granted on, for one verdict.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The waiver's name.
    pub waiver: String,
    /// The check.
    pub check: String,
    /// The account.
    pub account: String,
    /// The region, or `global`.
    pub region: String,
    /// The ARN, or `''` for a whole place.
    pub resource: String,
    /// The finding's fingerprint.
    pub fingerprint: String,
    /// The digest of its evidence.
    pub evidence_digest: String,
    /// The clock of the snapshot that it was granted on.
    pub granted_at: String,
}

impl Grants {
    /// The lock file of a configuration: `driftlead.waivers.toml` for `driftlead.toml`.
    pub fn path(config: &Path) -> PathBuf {
        config.with_extension("waivers.toml")
    }

    /// Reads the entries.
    ///
    /// # Errors
    /// What is wrong, and in which line.
    pub fn parse(text: &str) -> Result<Self, (Option<usize>, String)> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| 1 + text[..span.start].matches('\n').count());
            (line, format!("{} (driftlead waive writes this file; mend it, or delete it and grant again)", error.message()))
        })
    }

    /// The file's text; the entries are sorted, so that a change of one is a change of its lines.
    ///
    /// # Errors
    /// When TOML cannot hold it.
    pub fn text(&self) -> Result<String, toml::ser::Error> {
        let mut sorted = self.clone();
        sorted.grant.sort();
        Ok(format!("{HEAD}\n{}", toml::to_string(&sorted)?))
    }
}

impl Grant {
    /// That a waiver is granted on a verdict as it is.
    pub fn of(waiver: &Waiver, finding: &Finding, granted_at: &str) -> Self {
        Self {
            waiver: waiver.name.clone(),
            check: finding.check.clone(),
            account: finding.account.clone(),
            region: finding.region.clone(),
            resource: finding.resource.clone(),
            fingerprint: finding.fingerprint.clone(),
            evidence_digest: finding.evidence_digest.clone(),
            granted_at: granted_at.to_owned(),
        }
    }
}

impl Waivers {
    /// Tells the waivers what they were granted on. What a waiver that is no more was granted on is nobody's.
    pub fn grant(&mut self, grants: &Grants) {
        for grant in &grants.grant {
            if let Some(waiver) = self.all.iter_mut().find(|waiver| waiver.name == grant.waiver) {
                waiver.grants.insert(grant.fingerprint.clone(), grant.evidence_digest.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(waiver: &str, fingerprint: &str) -> Grant {
        let text = |text: &str| text.to_owned();
        Grant {
            waiver: text(waiver),
            check: text("s3/x"),
            account: text("1"),
            region: text("global"),
            resource: text("arn:\"odd\"\n"),
            fingerprint: text(fingerprint),
            evidence_digest: text("d"),
            granted_at: text("2026-11-22T12:00:00Z"),
        }
    }

    #[test]
    fn what_is_written_is_read_again_in_order() {
        let grants = Grants { grant: vec![grant("b", "1"), grant("a", "2")] };
        let text = grants.text().unwrap();
        assert!(text.starts_with("# Written by `driftlead waive`"), "{text}");
        let read = Grants::parse(&text).unwrap();
        assert_eq!(read.grant, [grant("a", "2"), grant("b", "1")]);
        assert_eq!(Grants::parse(&Grants::default().text().unwrap()).unwrap(), Grants::default());
        assert_eq!(Grants::path(Path::new("conf/driftlead.toml")), Path::new("conf/driftlead.waivers.toml"));
    }

    #[test]
    fn a_broken_file_is_refused_with_its_line() {
        let (line, detail) = Grants::parse("\n[[grant]]\nwaiver = 1").unwrap_err();
        assert_eq!(line, Some(3));
        assert!(detail.contains("delete it and grant again"), "{detail}");
    }
}
