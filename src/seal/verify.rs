//! Verifying: what of a seal holds, each thing by itself, and what cannot be said.

use std::path::{Path, PathBuf};

use ssh_key::HashAlg;

use super::chain::{Walked, manifests, walk};
use super::compare::{Difference, compare};
use super::digest::{hex, of_file};
use super::manifest::{Description, Manifest};
use super::signature::{Fault, NAMESPACE, check};
use super::signers::Known;
use super::{SealError, Signers, folder_of, manifest_of, name_of, open, signature_of};

/// What is to be verified, and by what.
pub struct Question<'q> {
    /// The snapshot.
    pub snapshot: &'q Path,
    /// Its manifest, where it does not lie beside it.
    pub manifest: Option<&'q Path>,
    /// Whose signature counts.
    pub signers: &'q Signers,
    /// Whether every seal before has to be there.
    pub is_chain_wanted: bool,
    /// Folders besides the snapshot's and the manifest's own in which seals before may lie.
    pub folders: &'q [PathBuf],
}

/// How a claim stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nothing to prove: told for whoever reads it.
    Told,
    /// Proven.
    Proven,
    /// It cannot be said.
    Open,
    /// It is not so.
    Broken,
}

impl Standing {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Told => "note",
            Self::Proven => "proven",
            Self::Open => "unknown",
            Self::Broken => "broken",
        }
    }
}

/// One thing that a seal claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What it is about: `signature`, `signer`, `manifest`, `file`, `snapshot` or `chain`.
    pub about: &'static str,
    /// How it stands.
    pub standing: Standing,
    /// In words.
    pub text: String,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The manifest that was looked at.
    pub path: PathBuf,
    /// What it says, where it can be read; worth no more than its signature.
    pub manifest: Option<Manifest>,
    /// Claim by claim.
    pub claims: Vec<Claim>,
    /// The tables that differ, where the file does.
    pub differences: Vec<Difference>,
}

impl Verdict {
    /// The worst of all.
    pub fn standing(&self) -> Standing {
        self.claims.iter().map(|claim| claim.standing).max().unwrap_or(Standing::Open)
    }

    fn claim(&mut self, about: &'static str, standing: Standing, text: impl Into<String>) {
        self.claims.push(Claim { about, standing, text: text.into() });
    }
}

/// Verifies a snapshot by its seal.
///
/// # Errors
/// When the snapshot, its manifest or its signature is not there, or cannot be read.
pub fn verify(question: &Question<'_>) -> Result<Verdict, SealError> {
    let (size, hash) = of_file(question.snapshot).map_err(SealError::io(question.snapshot))?;
    let hash = hex(&hash);
    let path = locate(question, size, &hash)?;
    let bytes = std::fs::read(&path).map_err(SealError::io(&path))?;
    let signature_path = signature_of(&path);
    let signature = std::fs::read(&signature_path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => SealError::NoSignature(signature_path.clone()),
        _ => SealError::io(&signature_path)(error),
    })?;
    let parsed = Manifest::parse(&bytes);
    let mut verdict = Verdict { path, manifest: None, claims: Vec::new(), differences: Vec::new() };
    signed(&mut verdict, question.signers, &bytes, &signature, parsed.as_ref().ok());
    let manifest = match parsed {
        Ok(manifest) => manifest,
        Err(why) => {
            let name = name_of(&verdict.path);
            verdict.claim("manifest", Standing::Open, format!("What {name} says cannot be read: {why}."));
            return Ok(verdict);
        }
    };
    if (manifest.file.size, &manifest.file.sha256) == (size, &hash) {
        verdict.claim("file", Standing::Proven, format!("Its {size} bytes are those that the manifest names, SHA-256 {hash}."));
        same(&mut verdict, question.snapshot, &manifest);
    } else {
        differs(&mut verdict, question.snapshot, size, &manifest);
    }
    if let Some(companion) = open::companion(question.snapshot) {
        let name = name_of(&companion);
        verdict.claim(
            "file",
            Standing::Broken,
            format!("{name} lies beside it, which nobody sealed: SQLite reads that as a part of the snapshot."),
        );
    }
    let own = name_of(question.snapshot);
    if manifest.file.name != own {
        verdict.claim("file", Standing::Told, format!("It was sealed as {}.", manifest.file.name));
    }
    chained(&mut verdict, question, &manifest)?;
    verdict.manifest = Some(manifest);
    if verdict.claims.iter().any(|claim| ["signature", "signer"].contains(&claim.about) && claim.standing > Standing::Proven) {
        // That a file is as a manifest says is no proof where nobody who is trusted vouches for the manifest.
        verdict.claims.iter_mut().filter(|claim| claim.standing == Standing::Proven).for_each(|claim| claim.standing = Standing::Told);
    }
    Ok(verdict)
}

/// Where the manifest is: as named, beside the snapshot, or, of one that was renamed, in its folder.
fn locate(question: &Question<'_>, size: u64, hash: &str) -> Result<PathBuf, SealError> {
    let beside = manifest_of(question.snapshot);
    match question.manifest {
        Some(path) => return Ok(path.to_owned()),
        None if beside.exists() => return Ok(beside),
        None => {}
    }
    let is_of_it = |path: &PathBuf| {
        let manifest = std::fs::read(path).ok().and_then(|bytes| Manifest::parse(&bytes).ok());
        manifest.is_some_and(|manifest| manifest.file.size == size && manifest.file.sha256 == hash)
    };
    manifests([&folder_of(question.snapshot)])?.into_iter().find(is_of_it).ok_or(SealError::NoSeal(beside))
}

/// Whether the signature is one of this manifest, and by whom.
fn signed(verdict: &mut Verdict, signers: &Signers, bytes: &[u8], signature: &[u8], manifest: Option<&Manifest>) {
    let name = name_of(&verdict.path);
    let key = match check(bytes, signature) {
        Ok(key) => key,
        Err(fault) => {
            let (standing, text) = match fault {
                Fault::NotASignature => {
                    (Standing::Broken, format!("{name}.sig is cut short, or is no signature of OpenSSH: nothing vouches for the manifest."))
                }
                Fault::Namespace(other) => {
                    (Standing::Broken, format!("{name}.sig was made for `{other}`, not for `{NAMESPACE}`: it is no signature of a seal."))
                }
                Fault::Changed => (
                    Standing::Broken,
                    format!("{name}.sig is no signature of this manifest: one of the two was changed or exchanged after it was sealed."),
                ),
                Fault::Unsupported(kind) => (
                    Standing::Open,
                    format!(
                        "{name}.sig is by a key of the kind {kind}, which driftlead cannot check: ask ssh-keygen -Y verify -n {NAMESPACE}."
                    ),
                ),
            };
            return verdict.claim("signature", standing, text);
        }
    };
    let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
    match manifest.filter(|manifest| manifest.key.fingerprint != fingerprint) {
        None => verdict.claim("signature", Standing::Proven, format!("{name} is as it was signed, by the key {fingerprint}.")),
        Some(manifest) => {
            let claimed = &manifest.key.fingerprint;
            let text = format!(
                "{name} says that it was sealed by the key {claimed}, and {fingerprint} signed it: somebody else has signed it anew."
            );
            verdict.claim("signature", Standing::Broken, text);
        }
    }
    let sealed_at = manifest.and_then(|manifest| manifest.sealed_at.parse().ok());
    let (standing, text) = match signers.know(&key, sealed_at) {
        Known::Named(who) => (Standing::Proven, format!("The key is one that you named: {who}.")),
        Known::NotForThis(why) => (Standing::Broken, format!("The key is one that you named, and does not count: {why}.")),
        Known::Another => (Standing::Broken, format!("The key {fingerprint} is none of those that you named: somebody else has signed.")),
        Known::NobodyNamed => (
            Standing::Open,
            format!(
                "The signature is intact, but by a key that you did not name: {fingerprint}. Name the one that you trust with --key FILE.pub or --allowed-signers FILE."
            ),
        ),
    };
    verdict.claim("signer", standing, text);
}

/// The file is the one of the manifest: whether the manifest also describes it as it is.
fn same(verdict: &mut Verdict, snapshot: &Path, manifest: &Manifest) {
    match open::immutable(snapshot).and_then(|connection| Description::read(&connection)) {
        Ok(own) if own == manifest.snapshot => {
            let text = format!("Accounts, regions, times and coverage are as the manifest says: {}.", described(&own));
            verdict.claim("snapshot", Standing::Proven, text);
        }
        Ok(own) => {
            let text = format!(
                "The manifest describes it otherwise than it is ({}): whoever signed it did not sign what the snapshot says.",
                described(&own)
            );
            verdict.claim("snapshot", Standing::Broken, text);
        }
        // A snapshot of a layout that this version does not know is proven by its bytes all the same.
        Err(error) => verdict.claim("snapshot", Standing::Told, format!("This driftlead cannot read what it says of itself: {error}.")),
    }
}

/// The file is another one: in what.
fn differs(verdict: &mut Verdict, snapshot: &Path, size: u64, manifest: &Manifest) {
    let sealed = manifest.file.size;
    let it_is = match size.cmp(&sealed) {
        std::cmp::Ordering::Less => format!("It is {} bytes shorter than what was sealed", sealed - size),
        std::cmp::Ordering::Greater => format!("It is {} bytes longer than what was sealed", size - sealed),
        std::cmp::Ordering::Equal => "It is as long as what was sealed, and has other bytes".to_owned(),
    };
    let connection = open::immutable(snapshot);
    let own = connection.as_ref().ok().and_then(|connection| Description::read(connection).ok());
    let is_another = |own: &Description| {
        let ids = |of: &Description| of.accounts.iter().map(|account| account.id.clone()).collect::<Vec<_>>();
        (&own.started_at, ids(own)) != (&manifest.snapshot.started_at, ids(&manifest.snapshot))
    };
    if let Some(own) = own.filter(is_another) {
        let text = format!(
            "The manifest is of another snapshot: {}, {}. This one is {}.",
            manifest.file.name,
            described(&manifest.snapshot),
            described(&own)
        );
        return verdict.claim("file", Standing::Broken, text);
    }
    let text = match connection.and_then(|connection| compare(&connection, manifest)) {
        Ok(differences) if differences.is_empty() => format!(
            "{it_is}. Every table holds the very rows that were sealed; the bytes around them differ, as after a VACUUM or a flipped bit in \
             free space."
        ),
        Ok(differences) => {
            let tables = if differences.len() == 1 { "1 table differs".to_owned() } else { format!("{} tables differ", differences.len()) };
            verdict.differences = differences;
            format!("{it_is}: {tables}.")
        }
        Err(error) => format!("{it_is}, and is no database that can be read any more: {error}."),
    };
    verdict.claim("file", Standing::Broken, text);
}

/// `111122223333, read from 2026-11-22T12:00:00Z on`.
fn described(of: &Description) -> String {
    let accounts: Vec<&str> = of.accounts.iter().map(|account| account.id.as_str()).collect();
    let accounts = if accounts.is_empty() { "no account".to_owned() } else { accounts.join(", ") };
    format!("{accounts}, read from {} on", of.started_at)
}

/// How far back the chain holds.
fn chained(verdict: &mut Verdict, question: &Question<'_>, manifest: &Manifest) -> Result<(), SealError> {
    let mut folders = question.folders.to_vec();
    folders.extend([folder_of(question.snapshot), folder_of(&verdict.path)]);
    let wanted = if question.is_chain_wanted { Standing::Open } else { Standing::Told };
    match walk(manifest, &folders, question.signers)? {
        Walked::ToTheFirst { before: 0, .. } => {
            verdict.claim("chain", Standing::Proven, "It is the first of its chain: no seal is before it.")
        }
        Walked::ToTheFirst { before, since, doubts } => {
            let text = match before {
                1 => format!("The seal before it, the first, of {since}, is as this one says."),
                _ => format!("{before} seals before it, back to the first of {since}, are each as the next one says."),
            };
            verdict.claim("chain", Standing::Proven, text);
            for doubt in doubts {
                verdict.claim("chain", wanted, format!("{doubt}."));
            }
        }
        Walked::Missing { before, file, sha256 } => {
            let so_far = match before {
                0 => String::new(),
                1 => "1 seal before it holds; then ".to_owned(),
                _ => format!("{before} seals before it hold; then "),
            };
            verdict.claim(
                "chain",
                wanted,
                format!("{so_far}{file} is not there, of the SHA-256 {sha256}: what was before it cannot be said."),
            );
        }
        Walked::Broken(why) => verdict.claim("chain", Standing::Broken, format!("{why}.")),
    }
    Ok(())
}
