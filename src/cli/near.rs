//! What somebody may have meant who typed a name that is none.

/// The candidates that have most in common with what was typed, the nearest first; none when nothing comes near.
pub fn of<'c>(typed: &str, candidates: &[&'c str], most: usize) -> Vec<&'c str> {
    let typed = typed.to_lowercase();
    let allowed = 1 + typed.chars().count() / 5;
    let mut scored: Vec<(usize, &str)> = candidates
        .iter()
        .filter_map(|candidate| {
            let distance = distance(&typed, candidate);
            // `aws_vpc_subnets` for the typing, `subnets` for the half-remembered.
            let is_part = typed.len() > 3 && candidate.contains(typed.trim_end_matches('s'));
            (distance <= allowed || is_part).then_some((distance, *candidate))
        })
        .collect();
    scored.sort_unstable();
    // Beside a near miss, what merely has a part in common is noise.
    let best = scored.first().map_or(0, |(distance, _)| *distance);
    scored.retain(|(distance, _)| best > allowed || *distance <= best + 1);
    scored.into_iter().take(most).map(|(_, candidate)| candidate).collect()
}

/// `; did you mean a or b?`, or nothing.
pub fn question(names: &[&str]) -> String {
    if names.is_empty() { String::new() } else { format!("; did you mean {}?", names.join(" or ")) }
}

/// How many characters have to be put in, left out or changed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, one) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let changed = diagonal + usize::from(one != *other);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_come_near_are_found() {
        let tables = ["aws_vpc_subnet", "aws_vpc_subnet_acl", "aws_vpc", "aws_s3_bucket", "gap"];
        assert_eq!(of("aws_vpc_subnets", &tables, 3), ["aws_vpc_subnet"]);
        assert_eq!(of("gaps", &tables, 3), ["gap"]);
        assert_eq!(of("subnets", &tables, 3), ["aws_vpc_subnet", "aws_vpc_subnet_acl"]);
        assert_eq!(of("buckets", &tables, 3), ["aws_s3_bucket"]);
        assert!(of("people", &tables, 3).is_empty());
    }
}
