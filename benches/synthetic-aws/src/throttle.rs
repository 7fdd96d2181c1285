//! Token buckets per account, region and action.
//!
//! EC2's are documented (<https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html>): 100 tokens, 20 a second, for
//! calls that only read; half of that for some that ask without filter and page size. For others AWS documents a rate for single
//! actions only, or none: what is taken for those stands in [`bucket`] with its source, and README.md says which are guesses.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;

use crate::seed;

/// What is throttled.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Throttle {
    /// Nothing.
    #[default]
    None,
    /// What AWS throttles, at its rates times `scale`.
    Aws {
        /// A factor on rates and sizes.
        scale: f64,
    },
}

/// A bucket: its size and how many tokens it gains a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// Tokens that it holds.
    pub size: f64,
    /// Tokens a second.
    pub rate: f64,
}

const fn of(size: f64, rate: f64) -> Bucket {
    Bucket { size, rate }
}

/// The bucket of an action. Those of a service without regions count per account: `true`.
pub fn bucket(service: &str, action: &str, is_unpaged: bool) -> (Bucket, bool) {
    match (service, action) {
        // The seven of EC2's table "Non-mutating actions (Unfiltered and unpaginated)".
        (
            "ec2",
            "DescribeInstances"
            | "DescribeInstanceStatus"
            | "DescribeNetworkInterfaces"
            | "DescribeSecurityGroups"
            | "DescribeSnapshots"
            | "DescribeSpotInstanceRequests"
            | "DescribeVolumes",
        ) if is_unpaged => (of(50.0, 10.0), false),
        ("ec2", _) => (of(100.0, 20.0), false),
        // <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>
        ("logs", "DescribeLogStreams") => (of(25.0, 25.0), false),
        ("logs", "DescribeLogGroups" | "ListTagsForResource") => (of(10.0, 10.0), false),
        ("logs", _) => (of(10.0, 5.0), false),
        // <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html>
        ("cloudtrail", "LookupEvents") => (of(2.0, 2.0), false),
        // <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>: 15 a second over all control plane calls together,
        // GetFunction 100, GetPolicy 15.
        ("lambda", _) => (of(15.0, 15.0), false),
        // <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html>
        ("cloudwatch", "GetMetricData") => (of(50.0, 50.0), false),
        ("cloudwatch", "DescribeAlarms") => (of(9.0, 9.0), false),
        ("cloudwatch", _) => (of(10.0, 10.0), false),
        // <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/request-throttling.html>
        ("ecs", "DescribeTaskDefinition" | "ListTaskDefinitions") => (of(50.0, 20.0), false),
        ("ecs", _) => (of(50.0, 20.0), false),
        // <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html>
        ("secretsmanager", "DescribeSecret") => (of(50.0, 50.0), false),
        ("secretsmanager", "ListSecrets") => (of(100.0, 100.0), false),
        ("secretsmanager", _) => (of(50.0, 50.0), false),
        // <https://docs.aws.amazon.com/kms/latest/developerguide/throttling.html>
        ("kms", "DescribeKey") => (of(2_000.0, 2_000.0), false),
        ("kms", "GetKeyPolicy" | "GetKeyRotationStatus") => (of(1_000.0, 1_000.0), false),
        ("kms", _) => (of(500.0, 500.0), false),
        // <https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html>
        ("acm", "ListCertificates") => (of(8.0, 8.0), false),
        ("acm", _) => (of(10.0, 10.0), false),
        // <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>: 10 a second over all, bucket 40.
        ("apigateway" | "apigatewayv2", _) => (of(40.0, 10.0), false),
        // <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html>: five a second.
        ("route53", _) => (of(5.0, 5.0), true),
        // <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html>
        ("organizations", "ListAccounts") => (of(13.0, 8.0), true),
        ("organizations", "DescribeAccount") => (of(30.0, 20.0), true),
        ("organizations", _) => (of(8.0, 5.0), true),
        // From here on AWS says nothing; these are what tools are reported to reach.
        ("iam", _) => (of(40.0, 20.0), true),
        ("sts", _) => (of(600.0, 600.0), false),
        // <https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html>: 5,500 for each bucket; a tenth of that for all.
        ("s3", "HeadBucket") => (of(550.0, 550.0), true),
        ("s3", _) => (of(200.0, 100.0), true),
        ("cloudformation", "DescribeStacks") => (of(10.0, 10.0), false),
        ("cloudformation", _) => (of(10.0, 5.0), false),
        ("rds", _) => (of(40.0, 20.0), false),
        ("elasticloadbalancing", _) => (of(40.0, 10.0), false),
        ("autoscaling", _) => (of(40.0, 10.0), false),
        ("wafv2", _) => (of(5.0, 5.0), false),
        _ => (of(20.0, 10.0), false),
    }
}

const SHARDS: usize = 64;

#[derive(Debug, Clone, Copy)]
struct Level {
    tokens: f64,
    at: f64,
}

/// The buckets that were drawn from.
#[derive(Debug)]
pub struct Buckets {
    start: Instant,
    shards: Vec<Mutex<HashMap<u64, Level>>>,
}

impl Default for Buckets {
    fn default() -> Self {
        Self { start: Instant::now(), shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl Buckets {
    /// Takes a token of the bucket of a key; whether there was one.
    pub fn take(&self, key: &[u64], bucket: Bucket, scale: f64) -> bool {
        self.take_at(key, bucket, scale, self.start.elapsed().as_secs_f64())
    }

    fn take_at(&self, key: &[u64], bucket: Bucket, scale: f64, now: f64) -> bool {
        let key = seed::mix(key);
        // A bucket holds at least one token, or nothing would ever pass.
        let (size, rate) = ((bucket.size * scale).max(1.0), bucket.rate * scale);
        let shard = &self.shards[key as usize % SHARDS];
        let mut levels = shard.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let level = levels.entry(key).or_insert(Level { tokens: size, at: now });
        level.tokens = (level.tokens + (now - level.at).max(0.0) * rate).min(size);
        level.at = now;
        let has_token = level.tokens >= 1.0;
        if has_token {
            level.tokens -= 1.0;
        }
        has_token
    }

    /// Fills every bucket.
    pub fn fill(&self) {
        for shard in &self.shards {
            shard.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_empty_and_fill() {
        let buckets = Buckets::default();
        let (bucket, is_global) = bucket("ec2", "DescribeVpcs", false);
        assert!(!is_global);
        let taken = (0..300).filter(|_| buckets.take_at(&[1], bucket, 1.0, 0.0)).count();
        assert_eq!(taken, 100);
        assert!(buckets.take_at(&[2], bucket, 1.0, 0.0), "another account has its own");
        let later = (0..300).filter(|_| buckets.take_at(&[1], bucket, 1.0, 2.0)).count();
        assert_eq!(later, 40);
        buckets.fill();
        assert!(buckets.take_at(&[1], bucket, 1.0, 2.0));
    }

    #[test]
    fn scale_makes_more_or_less_of_it() {
        let buckets = Buckets::default();
        let (bucket, _) = bucket("cloudtrail", "LookupEvents", false);
        assert_eq!((0..9).filter(|_| buckets.take_at(&[1], bucket, 2.0, 0.0)).count(), 4);
        assert_eq!((0..9).filter(|_| buckets.take_at(&[2], bucket, 0.001, 0.0)).count(), 1);
    }

    #[test]
    fn asking_for_everything_costs_more() {
        assert_eq!(bucket("ec2", "DescribeVolumes", true).0.size, 50.0);
        assert_eq!(bucket("ec2", "DescribeVolumes", false).0.size, 100.0);
    }
}
