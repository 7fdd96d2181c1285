//! Plain words of YAML 1.1, which CloudFormation speaks: `yes` is true, `0755` is octal, `1_000` a thousand.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html>: YAML 1.1 without timestamps, so a date is a
//! text. Words of one letter (`y`, `n`) are texts, as for all common readers of 1.1.

use serde_json::{Number, Value};

/// What a word without quotes is.
pub(super) fn plain(word: &str) -> Value {
    match word {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return true.into(),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => return false.into(),
        _ => {}
    }
    number(word).unwrap_or_else(|| word.into())
}

fn number(word: &str) -> Option<Value> {
    let (is_negative, digits) = match word.as_bytes().first()? {
        b'-' => (true, &word[1..]),
        b'+' => (false, &word[1..]),
        _ => (false, word),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if let Some(whole) = whole_number(digits) {
        let signed = if is_negative { -i128::from(whole) } else { i128::from(whole) };
        return Some(match (i64::try_from(signed), u64::try_from(signed)) {
            (Ok(number), _) => number.into(),
            (_, Ok(number)) => number.into(),
            _ => return None,
        });
    }
    let digits = fraction(digits)?;
    let number: f64 = digits.parse().ok()?;
    Number::from_f64(if is_negative { -number } else { number }).map(Value::Number)
}

fn whole_number(digits: &str) -> Option<u64> {
    let plain: String = digits.chars().filter(|c| *c != '_').collect();
    if let Some(parts) = sixties(&plain) {
        return parts;
    }
    let all = |radix: u32, digits: &str| !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    let (radix, of) = match plain.get(..2) {
        Some("0x") => (16, &plain[2..]),
        Some("0b") => (2, &plain[2..]),
        _ if plain.len() > 1 && plain.starts_with('0') => (8, &plain[1..]),
        _ => (10, &plain[..]),
    };
    if all(radix, of) { u64::from_str_radix(of, radix).ok() } else { None }
}

/// Numbers to the base of sixty (`1:30` is 90), if the word has the form of one.
fn sixties(word: &str) -> Option<Option<u64>> {
    let mut parts = word.split(':');
    let first = parts.next().filter(|first| !first.is_empty() && !first.starts_with('0') && first.bytes().all(|c| c.is_ascii_digit()))?;
    let rest: Vec<&str> = parts.collect();
    let is_digit = |part: &&str| {
        (1..=2).contains(&part.len()) && part.bytes().all(|c| c.is_ascii_digit()) && part.parse::<u64>().is_ok_and(|digit| digit < 60)
    };
    if rest.is_empty() || !rest.iter().all(is_digit) {
        return None;
    }
    let add = |sum: Option<u64>, part: &&str| sum?.checked_mul(60)?.checked_add(part.parse().ok()?);
    Some(rest.iter().fold(first.parse().ok(), add))
}

/// A decimal fraction as Rust reads it; a number with an exponent needs its point (`1e5` is a text).
fn fraction(digits: &str) -> Option<String> {
    let plain: String = digits.chars().filter(|c| *c != '_').collect();
    let (mantissa, exponent) = match plain.find(['e', 'E']) {
        Some(at) => (&plain[..at], Some(&plain[at + 1..])),
        None => (&plain[..], None),
    };
    let (whole, part) = mantissa.split_once('.')?;
    let digits = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
    let is_exponent = |text: &str| {
        let text = text.strip_prefix(['+', '-']).unwrap_or(text);
        !text.is_empty() && digits(text)
    };
    let is_number = digits(whole) && digits(part) && !(whole.is_empty() && part.is_empty()) && exponent.is_none_or(is_exponent);
    is_number.then(|| plain.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_that_look_like_numbers_and_are_none_stay_texts() {
        for word in ["1e5", "10.0.0.0", ".", "-", "+", "1:99", "22:70", "0b2", "0xg", "08", "12ab", "1.2.3", "99999999999999999999", ".e1"]
        {
            assert_eq!(plain(word), json!(word), "{word}");
        }
    }

    #[test]
    fn numbers_are_read_in_every_way_of_writing() {
        for (word, value) in [
            ("22:30", json!(1350)),
            ("0b101", json!(5)),
            ("0755", json!(493)),
            ("0", json!(0)),
            ("+1", json!(1)),
            ("18446744073709551615", json!(u64::MAX)),
            (".5", json!(0.5)),
            ("-1.5e+3", json!(-1500.0)),
        ] {
            assert_eq!(plain(word), value, "{word}");
        }
    }
}
