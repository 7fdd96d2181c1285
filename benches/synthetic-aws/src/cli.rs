//! The command line.

use clap::{Parser, ValueEnum};

use crate::kind::Kind;
use crate::place::REGIONS;
use crate::throttle::Throttle;
use crate::world::{Faults, World};

/// Answers AWS's protocols for generated accounts of any size.
#[derive(Debug, Clone, Parser)]
#[command(name = "synthetic-aws", version)]
pub struct Flags {
    /// Port on loopback; 0 for any free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Accounts: 100000000000 (management) and those after it
    #[arg(long, default_value_t = 1)]
    accounts: usize,
    /// Regions in use, us-east-1 first
    #[arg(long, default_value_t = REGIONS.len())]
    regions: usize,
    /// Resources of a kind in each account, spread over its regions: KIND=N
    #[arg(long, value_name = "KIND=N")]
    resources: Vec<String>,
    /// N resources in each account, mixed like a real account's
    #[arg(long, value_name = "N", default_value_t = 0)]
    mix: u64,
    /// Every region has the default VPC that AWS makes
    #[arg(long)]
    default_vpcs: bool,
    /// Milliseconds before an answer
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,
    /// Token buckets per account, region and action
    #[arg(long, value_enum, default_value_t = Rates::None)]
    throttle: Rates,
    /// Multiplies the rates of the token buckets
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    throttle_scale: f64,
    /// What goes wrong: throttle, internal, reset, truncated, malformed, slow (each =SHARE), expired-after=SECONDS, skew=SECONDS
    #[arg(long, value_name = "FAULT=VALUE")]
    error: Vec<String>,
    /// A region that accepts and never answers
    #[arg(long, value_name = "REGION")]
    hang_region: Vec<String>,
    /// An action that is denied: DescribeVpcs, ec2:DescribeVpcs
    #[arg(long, value_name = "ACTION")]
    deny: Vec<String>,
    /// What all attributes are drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The external id that roles ask for
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// An account whose roles nobody may assume
    #[arg(long, value_name = "ACCOUNT")]
    deny_role: Vec<u64>,
    /// How many accounts (the last ones) are suspended
    #[arg(long, value_name = "N", default_value_t = 0)]
    suspended: usize,
    /// The accounts are in no organization
    #[arg(long)]
    no_organization: bool,
    /// Threads that serve
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

/// Which rates are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Rates {
    /// Nothing is throttled.
    None,
    /// AWS's.
    Aws,
}

impl Flags {
    /// The world that the flags describe.
    ///
    /// # Errors
    /// What is wrong with a flag, and what it may be.
    pub fn world(self) -> Result<World, String> {
        if !(1..=REGIONS.len()).contains(&self.regions) {
            return Err(format!("--regions {}: there are 1 to {}", self.regions, REGIONS.len()));
        }
        if self.accounts == 0 || self.threads == 0 {
            return Err("--accounts and --threads are at least 1".to_owned());
        }
        if !(self.throttle_scale > 0.0 && self.throttle_scale.is_finite()) {
            return Err(format!("--throttle-scale {}: a factor above 0", self.throttle_scale));
        }
        let mut world = World {
            port: self.port,
            accounts: self.accounts,
            regions: self.regions,
            default_vpcs: self.default_vpcs,
            latency_ms: self.latency,
            throttle: match self.throttle {
                Rates::None => Throttle::None,
                Rates::Aws => Throttle::Aws { scale: self.throttle_scale },
            },
            faults: faults(&self.error)?,
            hang_regions: self.hang_region,
            deny: self.deny,
            seed: self.seed,
            external_id: self.external_id,
            deny_roles: self.deny_role,
            suspended: self.suspended,
            organization: !self.no_organization,
            threads: self.threads,
            ..World::default()
        };
        for text in &self.resources {
            let parsed = text.split_once('=').and_then(|(word, count)| Some((Kind::of(word)?, count.replace('_', "").parse().ok()?)));
            let Some((kind, count)) = parsed else {
                let words: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
                return Err(format!("--resources {text}: KIND=N, where KIND is one of {}", words.join(", ")));
            };
            world = world.with(kind, count);
        }
        Ok(world.mixed(self.mix))
    }
}

fn faults(texts: &[String]) -> Result<Faults, String> {
    let mut faults = Faults::default();
    for text in texts {
        let parsed =
            text.split_once('=').and_then(|(name, value)| Some((name, value.parse::<f64>().ok().filter(|value| value.is_finite())?)));
        let (name, value) = parsed.ok_or_else(|| format!("--error {text}: FAULT=VALUE, where VALUE is a number"))?;
        let share = match name {
            "throttle" => &mut faults.throttle,
            "internal" => &mut faults.internal,
            "reset" => &mut faults.reset,
            "truncated" => &mut faults.truncated,
            "malformed" => &mut faults.malformed,
            "slow" => &mut faults.slow,
            "expired-after" => {
                faults.expired_after = Some(value);
                continue;
            }
            "skew" => {
                faults.skew = Some(value as i64);
                continue;
            }
            _ => {
                let known = "throttle, internal, reset, truncated, malformed, slow, expired-after, skew";
                return Err(format!("--error {text}: FAULT is one of {known}"));
            }
        };
        if !(0.0..=1.0).contains(&value) {
            return Err(format!("--error {text}: a share from 0 to 1"));
        }
        *share = value;
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(arguments: &[&str]) -> Result<World, String> {
        Flags::try_parse_from(["synthetic-aws"].iter().chain(arguments)).map_err(|error| error.to_string())?.world()
    }

    #[test]
    fn flags_say_what_there_is() {
        let flags =
            ["--resources", "log_group=285_000", "--regions", "2", "--error", "reset=0.05", "--error", "skew=-600", "--throttle", "aws"];
        let world = world(&flags).expect("a world");
        assert_eq!(world.count(Kind::LogGroup, 0), 142_500);
        assert_eq!(world.faults, Faults { reset: 0.05, skew: Some(-600), ..Faults::default() });
        assert_eq!(world.throttle, Throttle::Aws { scale: 1.0 });
    }

    #[test]
    fn wrong_flags_say_what_may_be() {
        assert!(world(&["--resources", "unicorn=1"]).expect_err("no unicorns").contains("log_group"));
        assert!(world(&["--error", "reset=2"]).expect_err("a share").contains("0 to 1"));
        assert!(world(&["--error", "gremlins=1"]).expect_err("no gremlins").contains("throttle"));
        assert!(world(&["--regions", "99"]).expect_err("17").contains("17"));
    }
}
