//! Which regions and accounts a text names: in ARNs, console links, endpoints, `region=…`, and as twelve digits.
//!
//! A region's name alone is not taken for one: it may be a part of somebody's bucket.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

/// A place that a text names.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// `arn`, `console`, `query`, `endpoint` or `number`.
    pub kind: &'static str,
    /// Service, as ARN or link have it, or ''.
    pub service: String,
    /// Region, or ''.
    pub region: String,
    /// Account, or ''.
    pub account_id: String,
    /// The ARN's last field, or the dashboard that a link leads to, or ''.
    pub resource: String,
}

impl From<Place> for Value {
    fn from(place: Place) -> Self {
        json!({
            "kind": place.kind, "service": place.service, "region": place.region, "account_id": place.account_id,
            "resource": place.resource,
        })
    }
}

/// The places that a text names. `${…}` stands for what is not known.
pub fn places(text: &str) -> BTreeSet<Place> {
    let text = without_variables(text);
    let mut found = BTreeSet::new();
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '|' | '<' | '>' | '[' | ']')) {
        let arn = word.match_indices("arn:aws").map(|(at, _)| at).find(|at| at.checked_sub(1).is_none_or(|before| !is_name(word, before)));
        let place = arn.and_then(|at| of_arn(&word[at..]));
        found.extend(place.map_or_else(|| of_link(word), |place| vec![place]));
    }
    found.extend(numbers(&text).filter(|number| !is_date(number)).map(|number| Place {
        kind: "number",
        account_id: number.to_owned(),
        ..Place::default()
    }));
    found
}

/// `${AWS::Region}` has colons, which would make a field of an ARN look like several.
fn without_variables(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        out.push_str("{}");
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    out + rest
}

fn is_name(text: &str, at: usize) -> bool {
    text.as_bytes()[at].is_ascii_alphanumeric()
}

fn of_arn(word: &str) -> Option<Place> {
    let fields: Vec<&str> = word.splitn(6, ':').collect();
    let [_, _, service, region, account_id, resource] = fields[..] else { return None };
    let known = |text: &str, is: fn(&str) -> bool| if is(text) { text.to_owned() } else { String::new() };
    Some(Place {
        kind: "arn",
        service: service.to_owned(),
        region: known(region, is_region),
        account_id: known(account_id, is_account),
        resource: resource.to_owned(),
    })
}

/// What a link, or a host name alone, says.
fn of_link(word: &str) -> Vec<Place> {
    let mut found = Vec::new();
    let bare = word.split_once("://").map_or(word, |(_, rest)| rest);
    let host = bare.split(['/', '?', '#', ':']).next().unwrap_or(bare);
    let path = &bare[host.len()..];
    let is_console =
        ["console.aws.amazon.com", "console.amazonaws.cn", "console.amazonaws-us-gov.com"].iter().any(|end| host.ends_with(end));
    let service = path.trim_start_matches('/').split(['/', '?', '#']).next().unwrap_or("").to_owned();
    let resource = if is_console { dashboard(path) } else { String::new() };
    if is_console {
        let region = host.split('.').find(|label| is_region(label)).unwrap_or("").to_owned();
        found.push(Place { kind: "console", service: service.clone(), region, resource: resource.clone(), ..Place::default() });
    } else if host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn") {
        let labels: Vec<&str> = host.split('.').collect();
        // S3 has host names such as `docs.s3-website-us-east-1.amazonaws.com`.
        let bare = |label: &str| label.trim_start_matches("s3-website-").trim_start_matches("s3-").to_owned();
        let at = labels.iter().position(|label| is_region(&bare(label)));
        let service = at.and_then(|at| at.checked_sub(1)).map_or("", |before| labels[before]);
        let account = labels.iter().find(|label| is_account(label)).copied().unwrap_or("");
        found.push(Place {
            kind: "endpoint",
            service: service.to_owned(),
            region: at.map_or_else(String::new, |at| bare(labels[at])),
            account_id: account.to_owned(),
            resource: String::new(),
        });
    }
    for (at, name) in word.match_indices("region=") {
        let value = word[at + name.len()..].split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).next().unwrap_or("");
        if is_region(value) {
            let service = if is_console { service.clone() } else { String::new() };
            found.push(Place { kind: "query", service, region: value.to_owned(), resource: resource.clone(), ..Place::default() });
        }
    }
    found
}

/// The dashboard that a link into CloudWatch's console leads to: `#dashboards:name=X` or `#dashboards/dashboard/X`.
fn dashboard(path: &str) -> String {
    let name = ["dashboards:name=", "dashboards/dashboard/"].iter().find_map(|before| Some(path.split_once(before)?.1));
    let name = name.map(|rest| rest.split([';', '&', '?', '/']).next().unwrap_or(rest)).unwrap_or("");
    percent_decode_str(name).decode_utf8_lossy().into_owned()
}

/// `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`: words, a number, nothing else.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let (Some(number), true) = (parts.last(), (3..=4).contains(&parts.len())) else { return false };
    let is_word = |part: &&str| part.len() >= 2 && part.bytes().all(|byte| byte.is_ascii_lowercase());
    number.len() == 1
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && parts[..parts.len() - 1].iter().all(is_word)
        && matches!(parts[0].len(), 2 | 4)
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Runs of exactly twelve digits that stand alone.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|run| is_account(run))
}

/// `202611231530`: a year of our time, a month, a day, an hour, a minute.
fn is_date(number: &str) -> bool {
    let of = |from: usize, to: usize| number[from..to].parse::<u32>().unwrap_or(u32::MAX);
    (1990..2100).contains(&of(0, 4)) && (1..=12).contains(&of(4, 6)) && (1..=31).contains(&of(6, 8)) && of(8, 10) < 24 && of(10, 12) < 60
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let one = |place: Place| format!("{} {} {} {} {}", place.kind, place.service, place.region, place.account_id, place.resource);
        places(text).into_iter().map(one).collect()
    }

    #[test]
    fn arns_links_and_endpoints_name_places() {
        assert_eq!(told("arn:aws:sns:us-west-2:111122223333:t"), ["arn sns us-west-2 111122223333 t", "number   111122223333 "]);
        assert_eq!(told("arn:aws:sns:us-west-2:${AWS::AccountId}:t"), ["arn sns us-west-2  t"]);
        assert_eq!(
            told("https://us-west-2.console.aws.amazon.com/cloudwatch/home?region=us-west-2#dashboards:name=pay%20ments"),
            ["console cloudwatch us-west-2  pay ments", "query cloudwatch us-west-2  pay ments"]
        );
        assert_eq!(told("db.c1.eu-west-1.rds.amazonaws.com:5432"), ["endpoint c1 eu-west-1  "]);
        assert_eq!(
            told("111122223333.dkr.ecr.eu-west-1.amazonaws.com/pay"),
            ["endpoint ecr eu-west-1 111122223333 ", "number   111122223333 "]
        );
        assert_eq!(told("http://docs.s3-website-us-east-1.amazonaws.com"), ["endpoint docs us-east-1  "]);
    }

    #[test]
    fn what_looks_like_a_place_and_is_none() {
        for text in [
            "arn:aws:s3:::docs-us-east-1",
            "deployed 202611231530",
            "1795435200000",
            "payments-us-east-1-data",
            "https://example.com/?a=b",
            "",
            "https://${AWS::Region}.console.aws.amazon.com.example.com",
        ] {
            let named: Vec<Place> =
                places(text).into_iter().filter(|place| !place.region.is_empty() || !place.account_id.is_empty()).collect();
            assert!(named.is_empty(), "{text}: {named:?}");
        }
    }

    #[test]
    fn regions_of_all_partitions() {
        assert!(["us-east-1", "us-gov-west-1", "eusc-de-east-1", "ap-southeast-5", "cn-north-1"].iter().all(|name| is_region(name)));
        assert!(!["pay-east-1", "us-east-12", "us-1", "use1-az1", ""].iter().any(|name| is_region(name)));
    }
}
