//! Whose signature counts: public keys that are named, or OpenSSH's file of allowed signers (`ssh-keygen(1)`, ALLOWED SIGNERS).

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use ssh_key::PublicKey;

use super::name_of;
use super::signature::NAMESPACE;
use crate::inventory::policy::matches;

/// Why signers cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SignersError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no public key.
    #[error("{}: is no public key of OpenSSH (the one line of an id_….pub): {why}", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// It is the other half.
    #[error("{}: is a private key; who verifies needs only the public one, the file with .pub", .0.display())]
    Private(PathBuf),
    /// A line of allowed signers cannot be understood.
    #[error("{}:{line}: {why}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
}

/// A key that somebody trusts, and for what.
#[derive(Debug, Clone)]
struct Signer {
    /// The principals, or what the key's file calls itself.
    who: String,
    key: PublicKey,
    /// Patterns of what it may sign; none for everything.
    namespaces: Option<String>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
}

/// Keys that are trusted.
#[derive(Debug, Clone, Default)]
pub struct Signers(Vec<Signer>);

/// What is known of the key of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// It is one of those, of this name.
    Named(String),
    /// It is one of those, and may not sign this, or not then.
    NotForThis(String),
    /// Others were named.
    Another,
    /// None was named.
    NobodyNamed,
}

impl Signers {
    /// Trusts the key of a file, an `id_….pub`.
    ///
    /// # Errors
    /// When there is no public key in it.
    pub fn add_key(&mut self, path: &Path) -> Result<(), SignersError> {
        let text = read(path)?;
        if text.contains("-----BEGIN ") {
            return Err(SignersError::Private(path.to_owned()));
        }
        let not_a_key = |why: String| SignersError::NotAKey { path: path.to_owned(), why };
        if text.trim().lines().count() > 1 {
            return Err(not_a_key("it has several lines; name each key's file, or use --allowed-signers".to_owned()));
        }
        let key = public_key(text.trim()).map_err(not_a_key)?;
        let who = if key.comment().is_empty() { name_of(path) } else { key.comment().to_owned() };
        self.0.push(Signer { who, key, namespaces: None, after: None, before: None });
        Ok(())
    }

    /// Trusts the signers of a file in OpenSSH's form: `PRINCIPALS [OPTIONS] KIND KEY`. Times without `Z` are taken as UTC.
    ///
    /// # Errors
    /// When a line cannot be understood; one with `cert-authority`, which would trust keys that nobody has listed, is not.
    pub fn add_allowed(&mut self, path: &Path) -> Result<(), SignersError> {
        self.add_allowed_text(path, &read(path)?)
    }

    /// The same, of a text; `path` is for messages.
    ///
    /// # Errors
    /// When a line cannot be understood.
    pub fn add_allowed_text(&mut self, path: &Path, text: &str) -> Result<(), SignersError> {
        for (i, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                let signer = parse(line).map_err(|why| SignersError::Line { path: path.to_owned(), line: i + 1, why })?;
                self.0.push(signer);
            }
        }
        Ok(())
    }

    /// Whether a key counts for a seal that was made at that time.
    pub fn know(&self, key: &PublicKey, sealed_at: Option<Timestamp>) -> Known {
        if self.0.is_empty() {
            return Known::NobodyNamed;
        }
        let own: Vec<&Signer> = self.0.iter().filter(|signer| signer.key.key_data() == key.key_data()).collect();
        match own.iter().find(|signer| signer.objection(sealed_at).is_none()) {
            Some(signer) => Known::Named(signer.who.clone()),
            None => own.iter().find_map(|signer| signer.objection(sealed_at)).map_or(Known::Another, Known::NotForThis),
        }
    }
}

impl Signer {
    /// Why it may not have signed this.
    fn objection(&self, sealed_at: Option<Timestamp>) -> Option<String> {
        let who = &self.who;
        if self.namespaces.as_deref().is_some_and(|patterns| !allows(patterns)) {
            return Some(format!("the key of {who} may not sign for `{NAMESPACE}`"));
        }
        let is_bounded = self.after.is_some() || self.before.is_some();
        let Some(at) = sealed_at else {
            return is_bounded.then(|| format!("the key of {who} is valid for a time, and when this was sealed cannot be read"));
        };
        if let Some(after) = self.after.filter(|after| at < *after) {
            return Some(format!("the key of {who} is valid from {after} on, and this was sealed on {at}"));
        }
        self.before
            .filter(|before| at >= *before)
            .map(|before| format!("the key of {who} was valid until {before}, and this was sealed on {at}"))
    }
}

fn read(path: &Path) -> Result<String, SignersError> {
    let bytes = std::fs::read(path).map_err(|source| SignersError::Io { path: path.to_owned(), source })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads `KIND KEY [COMMENT]`. `ssh-key` overlooks lengths inside of the key that are wrong; OpenSSH does not, and what is not written as
/// it writes it is no key here either.
fn public_key(text: &str) -> Result<PublicKey, String> {
    let key = PublicKey::from_openssh(text).map_err(|error| error.to_string())?;
    let written = key.to_openssh().map_err(|error| error.to_string())?;
    let is_same = written.split_whitespace().take(2).eq(text.split_whitespace().take(2));
    if is_same { Ok(key) } else { Err("it is not written as OpenSSH writes it: copy it anew".to_owned()) }
}

/// Reads a line of allowed signers.
fn parse(line: &str) -> Result<Signer, String> {
    let (who, rest) = word(line);
    let (options, key) = match public_key(rest) {
        Ok(key) => ("", key),
        Err(why) => {
            let (options, after) = word(rest);
            let has_options = options.contains('=') || options.eq_ignore_ascii_case("cert-authority");
            let key = public_key(after).map_err(|again| format!("the key cannot be read: {}", if has_options { again } else { why }))?;
            (options, key)
        }
    };
    let mut signer = Signer { who: who.trim_matches('"').to_owned(), key, namespaces: None, after: None, before: None };
    for option in parts(options, ',') {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let value = value.trim_matches('"');
        match name.to_ascii_lowercase().as_str() {
            "namespaces" => signer.namespaces = Some(value.to_owned()),
            "valid-after" => signer.after = Some(time(value)?),
            "valid-before" => signer.before = Some(time(value)?),
            "cert-authority" => return Err("cert-authority is not understood: list the keys themselves".to_owned()),
            _ => return Err(format!("`{name}` is no option of allowed signers")),
        }
    }
    Ok(signer)
}

/// The first word of a line, which may hold quoted blanks, and what follows it.
fn word(line: &str) -> (&str, &str) {
    let first = parts(line, ' ').next().unwrap_or(line);
    (first, line[first.len()..].trim_start())
}

/// The parts of a text between separators that do not stand in quotes. A tab is a blank.
fn parts(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let is_end = move |c: char| {
        is_quoted ^= c == '"';
        !is_quoted && (c == separator || (separator == ' ' && c == '\t'))
    };
    text.split(is_end).filter(|part| !part.is_empty())
}

/// A time of OpenSSH: `20261123`, `202611231200` or `20261123120000`, with or without `Z`.
fn time(text: &str) -> Result<Timestamp, String> {
    let wrong = || format!("`{text}` is no time: write 20261123 or 20261123120000Z");
    let digits = text.strip_suffix('Z').unwrap_or(text);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let padded = match digits.len() {
        8 => format!("{digits}000000"),
        12 => format!("{digits}00"),
        14 => digits.to_owned(),
        _ => return Err(wrong()),
    };
    let (day, clock) = padded.split_at(8);
    let moment = format!("{}-{}-{}T{}:{}:{}", &day[..4], &day[4..6], &day[6..], &clock[..2], &clock[2..4], &clock[4..]);
    let moment: DateTime = moment.parse().map_err(|_| wrong())?;
    TimeZone::UTC.to_timestamp(moment).map_err(|_| wrong())
}

/// Whether a list of patterns has the namespace of seals: one has to match, and none with a `!`.
fn allows(patterns: &str) -> bool {
    let patterns: Vec<&str> = patterns.split(',').map(str::trim).collect();
    let is_refused = patterns.iter().filter_map(|pattern| pattern.strip_prefix('!')).any(|pattern| matches(pattern, NAMESPACE));
    !is_refused && patterns.iter().any(|pattern| matches(pattern, NAMESPACE))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{private, write_key};
    use super::*;

    fn allowed(text: &str) -> Result<Signers, SignersError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("allowed");
        std::fs::write(&path, text).unwrap();
        let mut signers = Signers::default();
        signers.add_allowed(&path).map(|()| signers)
    }

    fn public(number: u8) -> String {
        private(number).public_key().to_openssh().unwrap()
    }

    fn know(signers: &Signers, number: u8, at: &str) -> Known {
        signers.know(private(number).public_key(), at.parse().ok())
    }

    #[test]
    fn a_key_that_is_named_counts_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        write_key(folder.path(), "id", &private(1));
        let mut signers = Signers::default();
        assert_eq!(know(&signers, 1, ""), Known::NobodyNamed);
        signers.add_key(&folder.path().join("id.pub")).unwrap();
        assert_eq!(know(&signers, 1, ""), Known::Named("key 1".to_owned()));
        assert_eq!(know(&signers, 2, ""), Known::Another);
        let error = signers.add_key(&folder.path().join("id")).unwrap_err().to_string();
        assert!(error.contains("is a private key; who verifies needs only the public one"), "{error}");
        std::fs::write(folder.path().join("two.pub"), format!("{}\n{}\n", public(1), public(2))).unwrap();
        assert!(signers.add_key(&folder.path().join("two.pub")).unwrap_err().to_string().contains("--allowed-signers"));
        std::fs::write(folder.path().join("two.pub"), "ssh-ed25519 AAAA\n").unwrap();
        assert!(signers.add_key(&folder.path().join("two.pub")).unwrap_err().to_string().contains("is no public key of OpenSSH"));
    }

    #[test]
    fn a_key_whose_inner_lengths_are_wrong_is_none() {
        let line = public(1);
        let (kind, key) = line.trim().split_once(' ').unwrap();
        // The length of an Ed25519 key stands behind its kind: 32, and here much more.
        let wrong = format!("a {kind} {}", key.replacen("TE5AAAAI", "TE5AAAaI", 1));
        assert_ne!(wrong, format!("a {kind} {key}"));
        assert!(allowed(&wrong).is_err_and(|error| error.to_string().contains("not written as OpenSSH writes it")));
    }

    #[test]
    fn allowed_signers_are_read_as_openssh_writes_them() {
        let text = format!(
            "# ours\n\naudit@example.com,\"the boss\" {}\nold@example.com\tvalid-after=\"20200101Z\",valid-before=\"20260101000000Z\" {}\n\
             git@example.com namespaces=\"git,file\" {}\nall@example.com namespaces=\"drift*,!file\" {}\n",
            public(1),
            public(2),
            public(3),
            public(4)
        );
        let signers = allowed(&text).unwrap();
        assert_eq!(know(&signers, 1, ""), Known::Named("audit@example.com,\"the boss".to_owned()));
        assert_eq!(know(&signers, 2, "2025-12-31T23:59:59Z"), Known::Named("old@example.com".to_owned()));
        let told = |number, at| match know(&signers, number, at) {
            Known::NotForThis(why) => why,
            other => panic!("{other:?}"),
        };
        assert!(told(2, "2026-01-01T00:00:00Z").contains("was valid until 2026-01-01T00:00:00Z"));
        assert!(told(2, "2019-12-31T00:00:00Z").contains("is valid from 2020-01-01T00:00:00Z on"));
        assert!(told(2, "").contains("when this was sealed cannot be read"));
        assert!(told(3, "2026-01-01T00:00:00Z").contains("may not sign for `driftlead-seal`"));
        assert_eq!(know(&signers, 4, "2026-01-01T00:00:00Z"), Known::Named("all@example.com".to_owned()));
        assert_eq!(know(&signers, 5, "2026-01-01T00:00:00Z"), Known::Another);
    }

    #[test]
    fn a_line_that_is_not_understood_is_named() {
        let wrong = |line: &str| allowed(&format!("# one\n{line}\n")).unwrap_err().to_string();
        assert!(wrong("a@example.com").contains("allowed:2: the key cannot be read"));
        assert!(wrong(&format!("a cert-authority {}", public(1))).contains("cert-authority is not understood"));
        assert!(wrong(&format!("a moon=full {}", public(1))).contains("`moon` is no option"));
        for time in ["1", "20261341", "2026112", "tomorrow"] {
            assert!(wrong(&format!("a valid-after=\"{time}\" {}", public(1))).contains("is no time"), "{time}");
        }
    }

    #[test]
    fn patterns_fit_as_in_openssh() {
        for (pattern, fit) in [("driftlead-seal", true), ("*", true), ("drift*seal", true), ("driftlead?seal", true), ("drift", false)] {
            assert_eq!(allows(pattern), fit, "{pattern}");
        }
        assert!(!allows(&format!("{}x", "*".repeat(60))), "in no time");
        assert!(allows("git,*") && !allows("*,!driftlead-*") && !allows(""));
    }
}
