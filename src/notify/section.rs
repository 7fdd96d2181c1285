//! `[[notify.webhook]]` in `driftlead.toml`.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use http::Uri;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::finding::Severity;

/// `[notify]`: who is told after a scan.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotifySection {
    /// Who is told. Each gets one message after a scan of live accounts, if there is something to say.
    #[serde(default)]
    pub webhook: Vec<Webhook>,
}

/// A webhook: an address that takes a message by HTTP POST.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// A name for remarks, such as `security-channel`.
    pub name: String,
    /// The address: https, or http on this machine. Whoever knows it can post: prefer `url_env`.
    #[serde(default)]
    pub url: Option<Secret>,
    /// The environment variable that holds the address, so that it does not stand in the file.
    #[serde(default)]
    pub url_env: Option<String>,
    /// How the message is written.
    #[serde(default)]
    pub format: Format,
    /// What is worth a message.
    #[serde(default)]
    pub on: On,
    /// The lowest severity that is worth a message.
    #[serde(default = "low")]
    #[schemars(with = "String", extend("enum" = ["critical", "high", "medium", "low", "info"]))]
    pub min_severity: Severity,
    /// Send sentences, evidence and fixes too, with the values that they hold. Without it a message says which check fails on which
    /// resource, and no more.
    #[serde(default)]
    pub include_evidence: bool,
    /// How long one try may take, in seconds, 1 to 120.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 120))]
    pub timeout_seconds: u32,
    /// How often a failed try is repeated, 0 to 10: where no connection comes about, and after the answers 429 and 5xx.
    #[serde(default = "three")]
    #[schemars(range(max = 10))]
    pub retries: u32,
}

/// How a message is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// One JSON object, schema 1.
    #[default]
    Json,
    /// For an incoming webhook of Slack, in blocks.
    Slack,
}

/// What is worth a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// What fails now and did not in the snapshot that it is compared with (`--since`; without it the last one of the store), and
    /// what cannot be said any more.
    #[default]
    New,
    /// Whatever fails or cannot be said, in every scan.
    Failures,
}

/// A text that is never shown.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(an address)")
    }
}

fn low() -> Severity {
    Severity::Low
}

fn ten() -> u32 {
    10
}

fn three() -> u32 {
    3
}

/// An address that may be posted to.
pub(super) struct Target {
    /// The whole of it, a secret.
    pub(super) uri: Uri,
    /// Its host, which may be named.
    pub(super) host: String,
}

impl NotifySection {
    /// Makes sure that it can be used.
    ///
    /// # Errors
    /// What is wrong, without an address.
    pub fn fits(&self) -> Result<(), String> {
        let mut names = BTreeSet::new();
        for webhook in &self.webhook {
            if webhook.name.trim().is_empty() {
                return Err("a notify.webhook has no name".to_owned());
            }
            let wrong = |detail: &str| Err(format!("notify.webhook `{}`: {detail}", webhook.name));
            if !names.insert(webhook.name.as_str()) {
                return wrong("the name is there twice");
            }
            match (&webhook.url, &webhook.url_env) {
                (Some(_), Some(_)) => return wrong("has `url` and `url_env`: one of them is enough"),
                (None, None) => return wrong("has no address: name the variable that holds it, as in url_env = \"SLACK_WEBHOOK_URL\""),
                (None, Some(variable)) if variable.is_empty() || variable.contains(['=', '\0', '/']) => {
                    return wrong("`url_env` is the name of an environment variable, not an address");
                }
                (Some(Secret(url)), None) => {
                    if let Err(detail) = target(url) {
                        return wrong(&format!("`url` {detail}"));
                    }
                }
                (None, Some(_)) => {}
            }
            if !(1..=120).contains(&webhook.timeout_seconds) {
                return wrong("`timeout_seconds` is 1 to 120");
            }
            if webhook.retries > 10 {
                return wrong("`retries` is 10 at the most");
            }
        }
        Ok(())
    }

    /// Whether somebody wants to hear only what is new, which needs something to compare with.
    pub fn wants_news(&self) -> bool {
        self.webhook.iter().any(|webhook| webhook.on == On::New)
    }
}

impl Webhook {
    /// Where to post.
    ///
    /// # Errors
    /// What is wrong with the address, without it.
    pub(super) fn target(&self) -> Result<Target, String> {
        match (&self.url, &self.url_env) {
            (Some(Secret(url)), _) => target(url).map_err(|detail| format!("`url` {detail}")),
            (None, Some(variable)) => match std::env::var(variable) {
                Ok(url) if !url.is_empty() => target(url.trim()).map_err(|detail| format!("the address in {variable} {detail}")),
                _ => Err(format!("{variable} is not set: it holds the address")),
            },
            (None, None) => Err("it has no address".to_owned()),
        }
    }
}

/// Reads an address. It is never part of the error.
fn target(url: &str) -> Result<Target, String> {
    let uri: Uri = url.parse().map_err(|_| "is no address: it looks like https://hooks.example.com/…".to_owned())?;
    let host = uri.host().filter(|host| !host.is_empty()).ok_or("is no address: it looks like https://hooks.example.com/…")?.to_owned();
    let is_here = host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match uri.scheme_str() {
        Some("https") => Ok(Target { uri, host }),
        Some("http") if is_here => Ok(Target { uri, host }),
        Some("http") => Err("is not encrypted: use https (http is for this machine only)".to_owned()),
        _ => Err("begins with neither https:// nor http://".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(text: &str) -> Result<(), String> {
        toml::from_str::<NotifySection>(text).map_err(|error| error.message().to_owned())?.fits()
    }

    #[test]
    fn an_address_is_encrypted_or_of_this_machine() {
        for url in ["https://hooks.example.com/s/x", "http://127.0.0.1:8080/x", "http://localhost/x", "http://[::1]:9/x"] {
            assert_eq!(fits(&format!("[[webhook]]\nname = 'a'\nurl = '{url}'")), Ok(()), "{url}");
        }
        for url in ["http://hooks.example.com/hidden", "ftp://h/hidden", "hidden", "https:///hidden", "http://127.0.0.1.evil.com/hidden"] {
            let error = fits(&format!("[[webhook]]\nname = 'a'\nurl = '{url}'")).unwrap_err();
            assert!(error.starts_with("notify.webhook `a`: `url` ") && !error.contains("hidden"), "{url}: {error}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        let wrong = [
            ("[[webhook]]\nname = ' '\nurl_env = 'X'", "has no name"),
            ("[[webhook]]\nname = 'a'", "has no address"),
            ("[[webhook]]\nname = 'a'\nurl_env = 'X'\nurl = 'https://h'", "one of them"),
            ("[[webhook]]\nname = 'a'\nurl_env = 'https://h/x'", "not an address"),
            ("[[webhook]]\nname = 'a'\nurl_env = 'X'\n[[webhook]]\nname = 'a'\nurl_env = 'Y'", "twice"),
            ("[[webhook]]\nname = 'a'\nurl_env = 'X'\ntimeout_seconds = 0", "1 to 120"),
            ("[[webhook]]\nname = 'a'\nurl_env = 'X'\nretries = 11", "10 at the most"),
            ("[[webhook]]\nname = 'a'\nurl_env = 'X'\non = 'always'", "unknown variant `always`"),
            ("[[webhook]]\nname = 'a'\nurl_env = 'X'\nmin_severity = 'bad'", "unknown variant `bad`"),
            ("[[webhook]]\nname = 'a'\nuri = 'X'", "unknown field `uri`"),
        ];
        for (text, words) in wrong {
            let error = fits(text).unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn an_address_is_never_shown() {
        let section: NotifySection = toml::from_str("[[webhook]]\nname = 'a'\nurl = 'https://h.example/hidden'").unwrap();
        assert!(!format!("{section:?}").contains("hidden"));
        assert_eq!(section.webhook[0].target().map(|target| target.host).as_deref(), Ok("h.example"));
    }
}
