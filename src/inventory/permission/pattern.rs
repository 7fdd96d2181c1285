//! Two wildcard patterns compared with each other: does one cover all that the other can match, do they have anything in common.
//!
//! A statement is written about patterns, and what is asked of it is often one too ("any role of this account"). `*` is any run of
//! characters, `?` exactly one.

/// Whether everything that `narrow` matches is matched by `wide` as well. It never says yes wrongly; for odd patterns with several
/// wildcards it may say no although it is so.
///
/// ```
/// use driftlead::inventory::permission::pattern::covers;
/// assert!(covers("arn:aws:iam::*:role/*", "arn:aws:iam::111122223333:role/app-*"));
/// assert!(!covers("arn:aws:iam::*:role/app-*", "arn:aws:iam::111122223333:role/*"));
/// assert!(!covers("a?", "a*"));
/// ```
pub fn covers(wide: &str, narrow: &str) -> bool {
    // Hardly a policy is not in ASCII, and a byte is a character there.
    if wide.is_ascii() && narrow.is_ascii() {
        return all_covered(wide.as_bytes(), narrow.as_bytes());
    }
    all_covered(&wide.chars().collect::<Vec<_>>(), &narrow.chars().collect::<Vec<_>>())
}

fn all_covered<C: Copy + PartialEq + From<u8>>(wide: &[C], narrow: &[C]) -> bool {
    let (star, any) = (C::from(b'*'), C::from(b'?'));
    let (mut w, mut n) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while n < narrow.len() {
        // A `?` of the wide one is one character, so it cannot stand for a `*` of the narrow one.
        let is_one = |w: usize| wide[w] != star && narrow[n] != star && (wide[w] == any || wide[w] == narrow[n]);
        if w < wide.len() && is_one(w) {
            w += 1;
            n += 1;
        } else if w < wide.len() && wide[w] == star {
            retry = Some((w, n));
            w += 1;
        } else if let Some((after, from)) = retry {
            retry = Some((after, from + 1));
            w = after + 1;
            n = from + 1;
        } else {
            return false;
        }
    }
    wide[w..].iter().all(|rest| *rest == star)
}

/// Whether there is a text that both patterns match.
///
/// ```
/// use driftlead::inventory::permission::pattern::meet;
/// assert!(meet("arn:*:role/app-*", "arn:aws:iam::*:role/*-prod"));
/// assert!(!meet("arn:aws:iam::*:role/*", "arn:aws:iam::*:user/*"));
/// ```
///
/// Two whole ARNs are compared part by part: a wildcard in the account does not reach into the resource.
pub fn meet(one: &str, other: &str) -> bool {
    let (parts, others): (Vec<&str>, Vec<&str>) = (one.splitn(6, ':').collect(), other.splitn(6, ':').collect());
    if parts.len() == 6 && others.len() == 6 {
        return parts.into_iter().zip(others).all(|(part, other)| texts_meet(part, other));
    }
    texts_meet(one, other)
}

fn texts_meet(one: &str, other: &str) -> bool {
    if one == "*" || other == "*" {
        return true;
    }
    let is_plain = |text: &str| !text.contains(['*', '?']);
    if is_plain(other) {
        return covers(one, other);
    }
    if is_plain(one) {
        return covers(other, one);
    }
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    // Row i, column j: whether the rest of `one` from i and the rest of `other` from j have a text in common.
    let mut below = vec![false; other.len() + 1];
    for i in (0..=one.len()).rev() {
        let mut row = vec![false; other.len() + 1];
        for j in (0..=other.len()).rev() {
            row[j] = match (one.get(i), other.get(j)) {
                (None, None) => true,
                (Some('*'), Some(_)) => below[j] || row[j + 1],
                (Some('*'), None) => below[j],
                (_, Some('*')) => row[j + 1] || (i < one.len() && below[j]),
                (Some(a), Some(b)) => (a == b || *a == '?' || *b == '?') && below[j + 1],
                (None, Some(_)) | (Some(_), None) => false,
            };
        }
        below = row;
    }
    below[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covering_is_one_way() {
        for (wide, narrow, is_so) in [
            ("*", "*", true),
            ("*", "arn:aws:iam::1:role/*", true),
            ("arn:aws:iam::1:role/*", "*", false),
            ("a*c", "abc", true),
            ("a*c", "a*bc", true),
            ("a?c", "abc", true),
            ("a?c", "a?c", true),
            ("abc", "a?c", false),
            ("a*", "a?", true),
            ("Role/*", "role/x", false),
            ("", "", true),
            ("**", "", true),
        ] {
            assert_eq!(covers(wide, narrow), is_so, "{wide} {narrow}");
        }
    }

    #[test]
    fn patterns_meet_wherever_a_text_fits_both() {
        for (one, other, is_so) in [
            ("*", "", true),
            ("a*", "*b", true),
            ("a*", "b*", false),
            ("a?", "?b", true),
            ("a?", "a", false),
            ("*x*", "abc", false),
            ("*b*", "abc", true),
            ("abc", "abc", true),
            ("abc", "abd", false),
            ("a*c", "a*b*", true),
            ("arn:aws:ec2:*:*:image/*", "arn:*:ec2:*:*:instance/*", false),
            ("arn:aws:ec2:*", "arn:*:ec2:*:*:instance/*", true),
        ] {
            assert_eq!((meet(one, other), meet(other, one)), (is_so, is_so), "{one} {other}");
        }
    }
}
