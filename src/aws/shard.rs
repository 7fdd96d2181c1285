//! Shards: one list of accounts, split over machines that do not talk to each other.
//!
//! Which shard an account is in follows from its id and the number of shards alone, so that an account which joins or leaves between
//! the starts of two machines moves no other one.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// AWS Batch numbers the jobs of an array from 0, and says how many there are.
/// <https://docs.aws.amazon.com/batch/latest/userguide/job_env_vars.html>
const BATCH: (&str, &str) = ("AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE");

/// Kubernetes numbers the pods of an indexed job from 0, and does not say how many there are.
/// <https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode>
const KUBERNETES: &str = "JOB_COMPLETION_INDEX";

/// One of several parts of the accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which, from 0.
    pub index: u32,
    /// Of how many.
    pub count: u32,
}

impl Shard {
    /// Reads `I/N`, `auto/N` or `auto`; `variable` tells the variables of the environment.
    ///
    /// # Errors
    /// What is wrong with it, and what it should be.
    ///
    /// ```
    /// use driftlead::aws::shard::Shard;
    /// let none = |_: &str| None;
    /// assert_eq!(Shard::parse("0/4", none), Ok(Shard { index: 0, count: 4 }));
    /// let batch = |name: &str| match name {
    ///     "AWS_BATCH_JOB_ARRAY_INDEX" => Some("2".to_owned()),
    ///     "AWS_BATCH_JOB_ARRAY_SIZE" => Some("3".to_owned()),
    ///     _ => None,
    /// };
    /// assert_eq!(Shard::parse("auto", batch), Ok(Shard { index: 2, count: 3 }));
    /// assert!(Shard::parse("4/4", none).is_err());
    /// ```
    pub fn parse(typed: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let (index, count) = match typed.split_once('/') {
            Some((index, count)) => (index, Some(number("the number of shards", count)?)),
            None if typed == "auto" => ("auto", None),
            None => return Err("write 0/4 for the first of four, or auto/4 where the job's own index says which".to_owned()),
        };
        let told = |name: &str| variable(name).filter(|value| !value.is_empty());
        let (index, size) = match (index, told(BATCH.0), told(KUBERNETES)) {
            ("auto", Some(index), _) => (number(BATCH.0, &index)?, told(BATCH.1).map(|size| number(BATCH.1, &size)).transpose()?),
            ("auto", None, Some(index)) => (number(KUBERNETES, &index)?, None),
            ("auto", None, None) => {
                return Err(format!("neither {} nor {KUBERNETES} is set: is this an array job, or an indexed one?", BATCH.0));
            }
            (index, _, _) => (number("the index of the shard", index)?, None),
        };
        let count = match (count, size) {
            (Some(count), Some(size)) if count != size => {
                return Err(format!("{} says {size}, not {count}: accounts would be left out, or read twice", BATCH.1));
            }
            (Some(count), _) | (None, Some(count)) => count,
            (None, None) => return Err("how many shards there are is not known: write auto/4 for four".to_owned()),
        };
        if count == 0 || index >= count {
            return Err(format!("shards are counted from 0: of {count} there is no number {index}"));
        }
        Ok(Self { index, count })
    }

    /// Whether an account is in this shard. It is in exactly one of any number of shards.
    pub fn has(self, account_id: &str) -> bool {
        let hash = Sha256::digest(account_id.as_bytes());
        let number = hash.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        number % u64::from(self.count) == u64::from(self.index)
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

fn number(what: &str, typed: &str) -> Result<u32, String> {
    typed.parse().map_err(|_| format!("{what} is no number: `{typed}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_account_is_in_exactly_one_shard() {
        for count in (1..=20).chain([64, 257, 1000]) {
            for account in 0..25_u64 {
                let id = format!("{:012}", account * 7_919_993 + 100_000_000_000);
                let shards = (0..count).filter(|index| Shard { index: *index, count }.has(&id)).count();
                assert_eq!(shards, 1, "{id} of {count}");
            }
        }
    }

    #[test]
    fn shards_are_about_equal() {
        for count in [2, 8, 32] {
            let of = |index| (0..4_000_u64).filter(|n| Shard { index, count }.has(&format!("{n:012}"))).count();
            let sizes: Vec<usize> = (0..count).map(of).collect();
            let mean = 4_000 / count as usize;
            assert!(sizes.iter().all(|size| *size > mean / 2 && *size < mean * 2), "{sizes:?}");
        }
    }

    #[test]
    fn the_engine_says_which() {
        let of = |typed: &str, set: &[(&str, &str)]| {
            Shard::parse(typed, |name| set.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned()))
        };
        let batch = [("AWS_BATCH_JOB_ARRAY_INDEX", "3"), ("AWS_BATCH_JOB_ARRAY_SIZE", "5")];
        assert_eq!(of("auto", &batch).unwrap().to_string(), "3/5");
        assert_eq!(of("auto/5", &batch).unwrap().to_string(), "3/5");
        assert!(of("auto/4", &batch).unwrap_err().contains("says 5, not 4"));
        let kubernetes = [("JOB_COMPLETION_INDEX", "0")];
        assert_eq!(of("auto/7", &kubernetes).unwrap().to_string(), "0/7");
        assert!(of("auto", &kubernetes).unwrap_err().contains("auto/4"));
        assert!(of("auto/7", &[]).unwrap_err().contains("JOB_COMPLETION_INDEX"));
        // What is typed outranks what is set.
        assert_eq!(of("1/9", &batch).unwrap().to_string(), "1/9");
        for wrong in ["", "4", "4/4", "-1/4", "a/b", "0/0", "1/", "/4", "0/4/2", "auto/0"] {
            assert!(of(wrong, &kubernetes).is_err(), "{wrong}");
        }
    }
}
