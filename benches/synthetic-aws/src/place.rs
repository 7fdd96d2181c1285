//! Accounts, regions and zones.

/// The regions that every account has without opting in, with the prefix of their zones' ids; us-east-1 first.
/// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>
pub const REGIONS: [(&str, &str); 17] = [
    ("us-east-1", "use1"),
    ("us-east-2", "use2"),
    ("us-west-1", "usw1"),
    ("us-west-2", "usw2"),
    ("ap-south-1", "aps1"),
    ("ap-northeast-1", "apne1"),
    ("ap-northeast-2", "apne2"),
    ("ap-northeast-3", "apne3"),
    ("ap-southeast-1", "apse1"),
    ("ap-southeast-2", "apse2"),
    ("ca-central-1", "cac1"),
    ("eu-central-1", "euc1"),
    ("eu-west-1", "euw1"),
    ("eu-west-2", "euw2"),
    ("eu-west-3", "euw3"),
    ("eu-north-1", "eun1"),
    ("sa-east-1", "sae1"),
];

/// The zones of a region: the letters of their names.
pub const ZONES: [&str; 3] = ["a", "b", "c"];

/// The first account: the management account of the organization.
pub const FIRST_ACCOUNT: u64 = 100_000_000_000;

/// The index of a region.
pub fn region(name: &str) -> Option<usize> {
    REGIONS.iter().position(|(region, _)| *region == name)
}

/// The account of an access key: `AKIA<account>SYNT` or `ASIA<account>SYNT`.
pub fn account_of_key(key: &str) -> Option<u64> {
    let rest = key.strip_prefix("AKIA").or_else(|| key.strip_prefix("ASIA"))?;
    rest.strip_suffix("SYNT").filter(|account| account.len() == 12)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_name_their_account() {
        assert_eq!(account_of_key("AKIA100000000007SYNT"), Some(100_000_000_007));
        assert_eq!(account_of_key("ASIA100000000007SYNT"), Some(100_000_000_007));
        assert_eq!(account_of_key("AKIA1SYNT"), None);
        assert_eq!(account_of_key("AKIAIOSFODNN7EXAMPLE"), None);
    }
}
