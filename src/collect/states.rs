//! States that lie in S3: fetched by errands, one after another, held no longer than they are needed.

use super::CollectError;
use super::outing::{Outing, Party, Returned, Trip};
use crate::inventory::Outcome;
use crate::services::s3::state::{Address, FETCH, Fetched, LIST, Listed, MOST_KEYS};

/// States that are fetched at the most, and their bytes together.
const MOST_STATES: usize = 500;
const MOST_BYTES: usize = 1 << 30;

/// A state as it lies there.
#[derive(Clone, PartialEq, Eq)]
pub struct State {
    /// Where it lies: `s3://BUCKET/KEY`.
    pub uri: String,
    /// The file. It can hold secrets.
    pub bytes: Vec<u8>,
}

/// Why states cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The credentials lead nowhere, or the ledger cannot be written.
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// The address is none.
    #[error("{0}")]
    Address(String),
    /// There is no state, or it cannot be fetched.
    #[error("{uri}: {why}")]
    Unusable {
        /// Where.
        uri: String,
        /// Why, and what to do.
        why: String,
    },
}

/// Fetches states: `s3://BUCKET/KEY` is one, `s3://BUCKET/PREFIX/` all whose keys end in `.tfstate` below it.
///
/// `region` is where to ask first; '' for the region of the configuration. S3 says if the bucket is elsewhere.
///
/// # Errors
/// When any of them cannot be fetched: a comparison with less than was asked for would call things unmanaged that are not.
pub async fn states(trip: Trip, uris: &[String], region: &str) -> Result<Vec<State>, StateError> {
    let addresses = uris.iter().map(|uri| Address::parse(uri).map_err(StateError::Address)).collect::<Result<Vec<_>, _>>()?;
    let outing = Outing::open(trip).await?;
    let mut fetched = Fetch { region, states: Vec::new(), failed: None };
    for address in &addresses {
        fetched.all(&outing, address).await;
    }
    let returned = outing.close().await?;
    match fetched.failed {
        None => Ok(fetched.states),
        Some((uri, why)) => {
            let why = why.unwrap_or_else(|| unread(&uri, &returned));
            Err(StateError::Unusable { uri, why })
        }
    }
}

/// The states so far, and what stopped it.
struct Fetch<'r> {
    region: &'r str,
    states: Vec<State>,
    /// Where, and why unless a call failed, which the ledger tells.
    failed: Option<(String, Option<String>)>,
}

impl Fetch<'_> {
    async fn all(&mut self, outing: &Outing, address: &Address) {
        if !address.is_prefix() {
            return self.one(outing, address).await;
        }
        let mut listed = None;
        for party in outing.parties() {
            listed = outing.send(LIST, party, self.place(party), address.clone()).await.ok();
            if matches!(listed, Some(Listed::Keys(..))) {
                break;
            }
        }
        let keys = match listed {
            None => return self.fail(address, None),
            Some(Listed::Nothing(why)) => return self.fail(address, Some(why)),
            Some(Listed::Keys(_, true)) => {
                return self.fail(address, Some(format!("there are more than {MOST_KEYS} objects below it: name a narrower prefix")));
            }
            Some(Listed::Keys(keys, false)) => keys,
        };
        match keys.len() {
            0 => return self.fail(address, Some("there is no object below it whose key ends in .tfstate".to_owned())),
            many if many > MOST_STATES => {
                return self
                    .fail(address, Some(format!("there are {many} states below it, more than {MOST_STATES}: name a narrower prefix")));
            }
            _ => {}
        }
        for key in keys {
            self.one(outing, &address.with_key(&key)).await;
        }
    }

    async fn one(&mut self, outing: &Outing, address: &Address) {
        if self.failed.is_some() || self.states.iter().any(|state| state.uri == address.uri()) {
            return;
        }
        let mut fetched = None;
        // The bucket may belong to any of the accounts; the first whose credentials open it will do.
        for party in outing.parties() {
            fetched = outing.send(FETCH, party, self.place(party), address.clone()).await.ok();
            if matches!(fetched, Some(Fetched::Bytes(_))) {
                break;
            }
        }
        match fetched {
            None => self.fail(address, None),
            Some(Fetched::Nothing(why)) => self.fail(address, Some(why)),
            Some(Fetched::Bytes(bytes)) => {
                let held: usize = self.states.iter().map(|state| state.bytes.len()).sum();
                if held + bytes.len() > MOST_BYTES {
                    return self.fail(address, Some(format!("with it the states have more than {} MB: give fewer", MOST_BYTES >> 20)));
                }
                self.states.push(State { uri: address.uri(), bytes });
            }
        }
    }

    /// Where an account's session asks first.
    fn place<'p>(&'p self, party: &'p Party) -> &'p str {
        if self.region.is_empty() { party.home_region() } else { self.region }
    }

    fn fail(&mut self, address: &Address, why: Option<String>) {
        self.failed.get_or_insert_with(|| (address.uri(), why));
    }
}

/// Why a call failed, and what to do about it.
fn unread(uri: &str, returned: &Returned) -> String {
    let Some(open) = returned.open.iter().rev().find(|open| open.matter == uri) else { return "it could not be read".to_owned() };
    let what_to_do = match open.outcome {
        Outcome::Denied if open.message.contains("kms") => "allow kms:Decrypt with the bucket's key as well",
        Outcome::Denied if open.action == "s3:GetObject" => {
            "driftlead permissions --with s3://BUCKET/KEY prints the policy; without s3:ListBucket S3 says the same of a key that is not there"
        }
        Outcome::Denied => "driftlead permissions --with s3://BUCKET/PREFIX/ prints the policy",
        Outcome::Credentials => "the credentials are missing, wrong or expired",
        Outcome::Unrecorded => "the recording was made without it: record it again",
        _ => "try again, or give a copy on disk",
    };
    format!("{}; {what_to_do}", open.why())
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.uri, self.bytes.len())
    }
}
