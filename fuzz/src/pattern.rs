//! Patterns of IAM policies, against a slow and simple reading of them: two lines, a pattern and a text (or another pattern).

use driftlead::inventory::permission::pattern::{covers, meet};
use driftlead::inventory::policy::matches;
use driftlead::inventory::{cidr_bounds, cidr_contains};

/// Longer ones would take the reference too long.
const LONGEST: usize = 40;

/// Compares the two lines every way there is.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (one, other) = text.split_once('\n').unwrap_or((text, ""));
    if cidr_contains(one, other) == Some(true) && cidr_contains(other, one) == Some(true) {
        assert_eq!(cidr_bounds(one), cidr_bounds(other), "each holds the other");
    }
    if one.chars().count() > LONGEST || other.chars().count() > LONGEST {
        let _ = (matches(one, other), covers(one, other), meet(one, other));
        return;
    }
    assert_eq!(matches(one, other), fits(one, other), "{one:?} {other:?}");
    assert_eq!(meet(one, other), meet(other, one), "{one:?} {other:?}");
    let instances = instances(other);
    if covers(one, other) {
        assert!(meet(one, other) || is_arn(one, other), "one covers the other and they have nothing in common: {one:?} {other:?}");
        for instance in &instances {
            assert!(fits(one, instance), "{one:?} is said to cover {other:?}, and does not match {instance:?}");
        }
    }
    if !meet(one, other) && !is_arn(one, other) {
        assert!(!instances.iter().any(|instance| fits(one, instance)), "{one:?} and {other:?} have something in common");
    }
}

/// Two whole ARNs are compared part by part, which is not what a text is compared by.
fn is_arn(one: &str, other: &str) -> bool {
    one.splitn(6, ':').count() == 6 && other.splitn(6, ':').count() == 6
}

/// Some texts that a pattern matches.
pub fn instances(pattern: &str) -> Vec<String> {
    let fill = |star: &str, any: &str| pattern.replace('*', star).replace('?', any);
    ["", "x", "ab", "a:b"].iter().flat_map(|star| ["a", "~"].map(|any| fill(star, any))).collect()
}

/// Whether a pattern matches a text, character by character, every way there is.
pub fn fits(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    // Whether what was read of the pattern matches the first so many characters.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for sign in pattern.chars() {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            next[at] = match sign {
                '*' => reached[..=at].contains(&true),
                '?' => at > 0 && reached[at - 1],
                sign => at > 0 && reached[at - 1] && text[at - 1] == sign,
            };
        }
        reached = next;
    }
    reached[text.len()]
}
