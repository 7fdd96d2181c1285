//! The chain: each seal names the one before it of the same accounts by its hash, so that none can be changed, exchanged or left out.

use std::fs::File;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::digest::{hex, of_bytes};
use super::manifest::{Description, Link, Manifest};
use super::signature::{Fault, check};
use super::{MANIFEST, SealError, Signers, manifest_of, name_of, signature_of};
use crate::seal::signers::Known;

/// The seal to which a new one is chained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Previous {
    /// The latest of the same accounts that is found.
    Search,
    /// That of a manifest, or of a sealed snapshot.
    File(PathBuf),
    /// None: a chain begins.
    None,
}

/// Manifests in some folders, sorted by their folders and names. A folder that is not there holds none.
pub fn manifests<'f>(folders: impl IntoIterator<Item = &'f PathBuf>) -> Result<Vec<PathBuf>, SealError> {
    let mut found = Vec::new();
    for folder in each_once(folders) {
        for entry in std::fs::read_dir(&folder).map_err(SealError::io(&folder))? {
            let path = entry.map_err(SealError::io(&folder))?.path();
            if name_of(&path).ends_with(MANIFEST) && path.is_file() {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The folders that are there, each once, sorted, so that whoever locks several does so in one order.
fn each_once<'f>(folders: impl IntoIterator<Item = &'f PathBuf>) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = folders.into_iter().filter_map(|folder| folder.canonicalize().ok()).collect();
    all.sort();
    all.dedup();
    all
}

/// Holds folders while something is sealed there. Where a folder cannot be locked, as on some file systems, two seals at once are
/// the user's affair.
pub fn lock<'f>(folders: impl IntoIterator<Item = &'f PathBuf>) -> Vec<File> {
    let held = |folder: PathBuf| File::open(folder).and_then(|folder| folder.lock().map(|()| folder)).ok();
    each_once(folders).into_iter().filter_map(held).collect()
}

/// Finds the seal before a new one.
///
/// # Errors
/// When one that could be it is no manifest, is not signed, was changed, or is of a later time than it is.
pub fn find<'f>(
    previous: &Previous,
    folders: impl IntoIterator<Item = &'f PathBuf>,
    own: &Description,
    now: Timestamp,
) -> Result<Option<Link>, SealError> {
    let paths = match previous {
        Previous::None => return Ok(None),
        Previous::Search => manifests(folders)?,
        Previous::File(path) if manifest_of(path).is_file() => vec![manifest_of(path)],
        Previous::File(path) => vec![path.clone()],
    };
    let mut latest: Option<(Timestamp, PathBuf, Vec<u8>)> = None;
    for path in paths {
        let fails = |why: String| SealError::Previous { path: path.clone(), why };
        let bytes = std::fs::read(&path).map_err(SealError::io(&path))?;
        let manifest = Manifest::parse(&bytes).map_err(fails)?;
        if !is_of_the_same(&manifest.snapshot, own) {
            if *previous != Previous::Search {
                return Err(fails(format!("it is of other accounts ({})", manifest.accounts().join(", "))));
            }
            continue;
        }
        let at: Timestamp = manifest.sealed_at.parse().map_err(|_| fails(format!("`{}` is no time", manifest.sealed_at)))?;
        if latest.as_ref().is_none_or(|(latest, ..)| *latest < at) {
            latest = Some((at, path, bytes));
        }
    }
    let Some((at, path, bytes)) = latest else { return Ok(None) };
    let fails = |why: &str| SealError::Previous { path: path.clone(), why: why.to_owned() };
    let signature = std::fs::read(signature_of(&path)).map_err(|_| fails("its signature is not there"))?;
    match check(&bytes, &signature) {
        Ok(_) | Err(Fault::Unsupported(_)) => {}
        Err(_) => return Err(fails("its signature does not hold: it was changed after it was sealed")),
    }
    if at >= now {
        return Err(fails(&format!("it was sealed on {at}, and this machine's clock says {now}")));
    }
    Ok(Some(Link { file: name_of(&path), sha256: hex(&of_bytes(&bytes)), sealed_at: at.to_string() }))
}

/// Whether two snapshots belong into one chain: the same accounts, of AWS or of something in its place.
fn is_of_the_same(one: &Description, other: &Description) -> bool {
    let ids = |of: &Description| of.accounts.iter().map(|account| account.id.clone()).collect::<Vec<_>>();
    ids(one) == ids(other) && one.endpoint.is_empty() == other.endpoint.is_empty()
}

/// How far a chain was followed back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Walked {
    /// To the first, over so many before this one.
    ToTheFirst {
        /// Seals before this one.
        before: usize,
        /// When the first was made.
        since: String,
        /// Those that a key signed which was not named, or that have no signature.
        doubts: Vec<String>,
    },
    /// Over so many, to one that is not there.
    Missing {
        /// Seals before this one that were found.
        before: usize,
        /// The one that is not.
        file: String,
        /// Its hash.
        sha256: String,
    },
    /// To one that is not what was sealed.
    Broken(String),
}

/// Follows a chain from a manifest to its beginning.
///
/// # Errors
/// When a folder or a manifest in it cannot be read.
pub fn walk(from: &Manifest, folders: &[PathBuf], signers: &Signers) -> Result<Walked, SealError> {
    let candidates = manifests(folders)?;
    let (mut current, mut before, mut doubts) = (from.clone(), 0, Vec::new());
    while let Some(link) = current.previous.clone() {
        let Some((path, bytes)) = found(&candidates, &link)? else {
            // Of the name that the seal gives, and another content: of that it can be said what happened.
            return Ok(match candidates.iter().find(|path| name_of(path) == link.file) {
                Some(path) => Walked::Broken(format!(
                    "{} is not the seal that was made on {}: it was changed or exchanged",
                    path.display(),
                    link.sealed_at
                )),
                None => Walked::Missing { before, file: link.file, sha256: link.sha256 },
            });
        };
        let name = path.display();
        let manifest = match Manifest::parse(&bytes) {
            Ok(manifest) => manifest,
            Err(why) => return Ok(Walked::Broken(format!("{name}: {why}"))),
        };
        if !is_of_the_same(&manifest.snapshot, &from.snapshot) {
            return Ok(Walked::Broken(format!("{name} is of other accounts ({})", manifest.accounts().join(", "))));
        }
        let time = |text: &str| text.parse::<Timestamp>().ok();
        if manifest.sealed_at != link.sealed_at || time(&manifest.sealed_at) >= time(&current.sealed_at) {
            return Ok(Walked::Broken(format!("{name} was not made before the seal that follows it")));
        }
        match doubt(&path, &bytes, &manifest, signers) {
            Ok(doubt) => doubts.extend(doubt),
            Err(broken) => return Ok(Walked::Broken(broken)),
        }
        (current, before) = (manifest, before + 1);
    }
    Ok(Walked::ToTheFirst { before, since: current.sealed_at, doubts })
}

/// The manifest of a link, by its hash; the one of its name is looked at first.
fn found(candidates: &[PathBuf], link: &Link) -> Result<Option<(PathBuf, Vec<u8>)>, SealError> {
    let (named, others): (Vec<&PathBuf>, Vec<&PathBuf>) = candidates.iter().partition(|path| name_of(path) == link.file);
    for path in named.into_iter().chain(others) {
        let bytes = std::fs::read(path).map_err(SealError::io(path))?;
        if hex(&of_bytes(&bytes)) == link.sha256 {
            return Ok(Some((path.clone(), bytes)));
        }
    }
    Ok(None)
}

/// What keeps an earlier seal, whose content is the one that was chained to, from being proven by itself.
fn doubt(path: &Path, bytes: &[u8], manifest: &Manifest, signers: &Signers) -> Result<Option<String>, String> {
    let name = name_of(path);
    let Ok(signature) = std::fs::read(signature_of(path)) else {
        return Ok(Some(format!("{name} has no signature beside it")));
    };
    match check(bytes, &signature) {
        Ok(key) => Ok(match signers.know(&key, manifest.sealed_at.parse().ok()) {
            Known::Named(_) => None,
            Known::NotForThis(why) => Some(format!("{name}: {why}")),
            Known::Another | Known::NobodyNamed => {
                Some(format!("{name} is signed by a key that you did not name: {}", key.fingerprint(ssh_key::HashAlg::Sha256)))
            }
        }),
        Err(Fault::Unsupported(kind)) => Ok(Some(format!("{name} is signed by a key of the kind {kind}, which cannot be checked here"))),
        Err(_) => Err(format!("{}: the signature is not one of this seal", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::make::{Order, seal};
    use super::super::testing::{key, named, snapshot};
    use super::*;

    /// Seals a snapshot of an account on a day of November.
    fn sealed(folder: &Path, name: &str, account: &str, day: u8, previous: &Previous) -> Result<Manifest, SealError> {
        let path = folder.join(name);
        snapshot(&path, account, &format!("2026-11-{day:02}T10:00:00Z"));
        let now: Timestamp = format!("2026-11-{day:02}T12:00:00Z").parse().unwrap();
        let order = Order { snapshot: &path, key: &key(1), previous, folders: &[], tool: "driftlead test", clock: &|| now };
        seal(&order).map(|sealed| sealed.manifest)
    }

    fn three(folder: &Path) -> Manifest {
        for (name, day) in [("a.db", 1), ("b.db", 2)] {
            sealed(folder, name, "1", day, &Previous::Search).unwrap();
        }
        sealed(folder, "other.db", "2", 3, &Previous::Search).unwrap();
        sealed(folder, "c.db", "1", 4, &Previous::Search).unwrap()
    }

    fn walked(folder: &Path, from: &Manifest) -> Walked {
        walk(from, &[folder.to_owned()], &named(&[1])).unwrap()
    }

    #[test]
    fn each_follows_the_latest_of_its_account() {
        let folder = tempfile::tempdir().unwrap();
        let last = three(folder.path());
        assert_eq!(last.previous.as_ref().map(|link| link.file.as_str()), Some("b.db.seal.json"));
        let since = "2026-11-01T12:00:00Z".to_owned();
        assert_eq!(walked(folder.path(), &last), Walked::ToTheFirst { before: 2, since, doubts: Vec::new() });
        let Walked::ToTheFirst { doubts, .. } = walk(&last, &[folder.path().to_owned()], &named(&[2])).unwrap() else { panic!() };
        assert!(doubts.len() == 2 && doubts[0].contains("signed by a key that you did not name: SHA256:"), "{doubts:?}");
    }

    #[test]
    fn a_link_that_is_renamed_is_found_and_one_that_is_changed_is_told_from_one_that_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let last = three(folder.path());
        let at = |name: &str| folder.path().join(name);
        std::fs::rename(at("a.db.seal.json"), at("z.seal.json")).unwrap();
        std::fs::rename(at("a.db.seal.json.sig"), at("z.seal.json.sig")).unwrap();
        assert!(matches!(walked(folder.path(), &last), Walked::ToTheFirst { before: 2, .. }));
        std::fs::remove_file(at("z.seal.json")).unwrap();
        assert!(matches!(walked(folder.path(), &last), Walked::Missing { before: 1, file, .. } if file == "a.db.seal.json"));
        let text = std::fs::read_to_string(at("b.db.seal.json")).unwrap();
        std::fs::write(at("b.db.seal.json"), text.replace("10.1.0.0", "10.9.0.0") + " ").unwrap();
        assert!(
            matches!(walked(folder.path(), &last), Walked::Broken(why) if why.contains("b.db.seal.json is not the seal that was made on 2026-11-02"))
        );
        std::fs::write(at("b.db.seal.json"), text).unwrap();
        std::fs::copy(at("other.db.seal.json.sig"), at("b.db.seal.json.sig")).unwrap();
        assert!(matches!(walked(folder.path(), &last), Walked::Broken(why) if why.contains("the signature is not one of this seal")));
    }

    #[test]
    fn nothing_is_chained_to_a_seal_that_does_not_hold() {
        let folder = tempfile::tempdir().unwrap();
        sealed(folder.path(), "a.db", "1", 10, &Previous::Search).unwrap();
        let path = folder.path().join("a.db.seal.json");
        let text = std::fs::read_to_string(&path).unwrap();
        let why = |number: u8, day: u8, previous: &Previous| {
            sealed(folder.path(), &format!("{number}.db"), "1", day, previous).unwrap_err().to_string()
        };
        assert!(why(1, 9, &Previous::Search).contains("it was sealed on 2026-11-10T12:00:00Z, and this machine's clock says 2026-11-09"));
        std::fs::write(&path, text.replace("\"tool\": \"driftlead test\"", "\"tool\": \"driftlead best\"")).unwrap();
        assert!(why(2, 11, &Previous::Search).contains("it was changed after it was sealed: nothing was sealed. Name the seal before"));
        std::fs::write(&path, &text[..40]).unwrap();
        assert!(why(3, 11, &Previous::Search).contains("it ends in the middle"));
        std::fs::write(&path, text).unwrap();
        std::fs::remove_file(folder.path().join("a.db.seal.json.sig")).unwrap();
        assert!(why(4, 11, &Previous::Search).contains("its signature is not there"));
        assert_eq!(manifests([&folder.path().to_owned()]).unwrap().len(), 1, "nothing was sealed");
        assert_eq!(sealed(folder.path(), "5.db", "1", 11, &Previous::None).unwrap().previous, None);
        let by = |previous: PathBuf| sealed(folder.path(), "6.db", "1", 12, &Previous::File(previous));
        assert_eq!(by(folder.path().join("5.db")).unwrap().previous.unwrap().file, "5.db.seal.json");
        let other = sealed(folder.path(), "7.db", "2", 12, &Previous::File(folder.path().join("5.db.seal.json"))).unwrap_err().to_string();
        assert!(other.contains("it is of other accounts (1)"), "{other}");
    }
}
