//! What a call says: whose it is, where, and its parameters, whatever protocol they came in.

use std::borrow::Cow;
use std::cell::OnceCell;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::http::Request;
use crate::kind::Kind;
use crate::place::REGIONS;
use crate::seed::{Dice, mix};
use crate::services::Action;
use crate::wire::{Body, Refusal, Wire};
use crate::world::World;

/// A call.
#[derive(Debug)]
pub struct Ask<'a> {
    /// What there is.
    pub world: &'a World,
    /// The account, as text.
    pub account: String,
    /// The account, as number.
    pub account_number: u64,
    /// The access key.
    pub key: &'a str,
    /// The region's index; that of us-east-1 for regions that are not known.
    pub region: usize,
    /// The request.
    pub request: &'a Request,
    /// The action.
    pub action: &'static Action,
    /// The labels of the path, decoded: `{FunctionName}` and the like.
    pub labels: Vec<(&'static str, String)>,
    /// Now, in seconds since 1970.
    pub now: i64,
    wire: Wire,
    form: OnceCell<Vec<(Cow<'a, str>, Cow<'a, str>)>>,
    json: OnceCell<Value>,
}

/// Decodes `a=b&c=d`.
pub fn decode(form: &str) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    let pairs = form.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').map_or((decoded(pair), Cow::Borrowed("")), |(name, value)| (decoded(name), decoded(value))))
        .collect()
}

fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let spaced = text.replace('+', " ");
    Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
}

impl<'a> Ask<'a> {
    /// A call of an account in a region.
    pub fn new(
        world: &'a World,
        account: u64,
        region: usize,
        key: &'a str,
        request: &'a Request,
        action: &'static Action,
        wire: Wire,
    ) -> Self {
        let account_text = format!("{account:012}");
        let (form, json) = (OnceCell::new(), OnceCell::new());
        Self {
            world,
            account: account_text,
            account_number: account,
            region,
            key,
            request,
            action,
            labels: Vec::new(),
            now: 0,
            wire,
            form,
            json,
        }
    }

    /// The region's name.
    pub fn region_name(&self) -> &'static str {
        REGIONS[self.region].0
    }

    /// The protocol that the request speaks. CloudWatch speaks three.
    pub fn wire(&self) -> Wire {
        self.wire
    }

    fn form(&self) -> &[(Cow<'a, str>, Cow<'a, str>)] {
        self.form.get_or_init(|| match self.wire() {
            Wire::Ec2Query | Wire::AwsQuery => decode(std::str::from_utf8(&self.request.body).unwrap_or_default()),
            _ => decode(&self.request.query),
        })
    }

    /// The body as JSON, or null.
    pub fn json(&self) -> &Value {
        self.json.get_or_init(|| match self.wire() {
            Wire::RpcCbor => crate::wire::read_cbor(&self.request.body).unwrap_or(Value::Null),
            _ => serde_json::from_slice(&self.request.body).unwrap_or(Value::Null),
        })
    }

    /// A parameter: of the path, of the query, of the form, or a member of the body.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        if let Some((_, value)) = self.labels.iter().find(|(label, _)| *label == name) {
            return Some(Cow::Borrowed(value));
        }
        match self.wire() {
            Wire::AwsJson10 | Wire::AwsJson11 | Wire::RpcCbor => self.json().get(name).map(|value| match value {
                Value::String(text) => Cow::Borrowed(text.as_str()),
                other => Cow::Owned(other.to_string()),
            }),
            _ => self.form().iter().find(|(known, _)| known == name).map(|(_, value)| Cow::Borrowed(value.as_ref())),
        }
    }

    /// A parameter that is a number.
    pub fn num(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }

    /// A parameter that is a list of texts: `Name.1`, `Name.member.1`, or an array.
    pub fn texts(&self, name: &str) -> Vec<String> {
        match self.wire() {
            Wire::AwsJson10 | Wire::AwsJson11 | Wire::RpcCbor => {
                let items = self.json().get(name).and_then(Value::as_array);
                items.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
            }
            _ => self.form().iter().filter(|(known, _)| is_item(known, name)).map(|(_, value)| value.clone().into_owned()).collect(),
        }
    }

    /// The values of an EC2 or RDS filter, or `None` if the call has no such filter.
    pub fn filter(&self, name: &str) -> Option<Vec<String>> {
        let (key, _) = self.form().iter().find(|(key, value)| key.starts_with("Filter") && key.ends_with(".Name") && value == name)?;
        let prefix = format!("{}.Value", key.trim_end_matches(".Name"));
        Some(self.form().iter().filter(|(key, _)| key.starts_with(&prefix)).map(|(_, value)| value.clone().into_owned()).collect())
    }

    /// Whether any parameter narrows an EC2 call or asks for pages.
    pub fn is_unpaged(&self) -> bool {
        self.wire() == Wire::Ec2Query
            && !self
                .form()
                .iter()
                .any(|(name, _)| name == "MaxResults" || name == "NextToken" || name.starts_with("Filter") || name.contains("Id."))
    }

    /// What the attributes of a resource are drawn from.
    pub fn dice(&self, kind: Kind, index: u64) -> Dice {
        Dice::new(mix(&[self.world.seed, self.account_number, self.region_of(kind) as u64, kind as u64, index]))
    }

    fn region_of(&self, kind: Kind) -> usize {
        if kind.is_regional() { self.region } else { usize::MAX }
    }

    /// Sixteen hexadecimal digits: eight of the kind's own in this account and region, then the index.
    pub fn hex(&self, kind: Kind, index: u64) -> String {
        format!("{:08x}{index:08x}", self.stamp(kind))
    }

    fn stamp(&self, kind: Kind) -> u32 {
        mix(&[self.world.seed, self.account_number, self.region_of(kind) as u64, kind as u64]) as u32
    }

    /// An EC2 id: `vpc-0` and [`Self::hex`].
    pub fn id(&self, prefix: &str, kind: Kind, index: u64) -> String {
        format!("{prefix}-0{}", self.hex(kind, index))
    }

    /// The index in an id or name that ends with [`Self::hex`], if it is one of this account and region and exists.
    pub fn index(&self, kind: Kind, id: &str) -> Option<u64> {
        let digits = id.get(id.len().checked_sub(16)?..)?;
        let (stamp, index) = digits.split_at_checked(8)?;
        let index = u64::from_str_radix(index, 16).ok()?;
        (u32::from_str_radix(stamp, 16).ok()? == self.stamp(kind) && index < self.count(kind)).then_some(index)
    }

    /// A UUID.
    pub fn uuid(&self, kind: Kind, index: u64) -> String {
        let stamp = self.stamp(kind);
        format!("{stamp:08x}-5a7e-4c0d-8a11-0000{index:08x}")
    }

    /// The index in a UUID of this account and region that exists.
    pub fn index_of_uuid(&self, kind: Kind, uuid: &str) -> Option<u64> {
        let (stamp, rest) = uuid.split_at_checked(8)?;
        let index = u64::from_str_radix(rest.strip_prefix("-5a7e-4c0d-8a11-0000")?, 16).ok()?;
        (u32::from_str_radix(stamp, 16).ok()? == self.stamp(kind) && index < self.count(kind)).then_some(index)
    }

    /// How many resources of a kind there are here.
    pub fn count(&self, kind: Kind) -> u64 {
        self.world.count(kind, self.region)
    }

    /// The index at which a page begins, from the token that the call carries under a name.
    ///
    /// # Errors
    /// The token is none that was given.
    pub fn from(&self, token: &str) -> Result<u64, Refusal> {
        match self.text(token).filter(|text| !text.is_empty() && text != "null") {
            None => Ok(0),
            Some(text) => self.read_token(&text).ok_or_else(|| Refusal::bad_token(self.wire())),
        }
    }

    fn read_token(&self, text: &str) -> Option<u64> {
        let (index, proof) = text.strip_prefix("synt")?.split_once('x')?;
        let index = index.parse().ok()?;
        (proof == self.proof(index)).then_some(index)
    }

    fn proof(&self, index: u64) -> String {
        format!("{:016x}", mix(&[self.world.seed, self.account_number, self.region as u64, self.action.index as u64, index]))
    }

    /// The token with which the page from an index on is asked for.
    pub fn token(&self, index: u64) -> String {
        format!("synt{index}x{}", self.proof(index))
    }

    /// The page that the call asks for: indices, and the token of the next.
    ///
    /// # Errors
    /// The token is none that was given.
    pub fn page(&self, kind: Kind, token: &str, size: u64) -> Result<(std::ops::Range<u64>, Option<String>), Refusal> {
        let (range, next) = self.world.page(kind, self.region, self.from(token)?, size.max(1));
        Ok((range, next.map(|next| self.token(next))))
    }

    /// An ARN of this account and region.
    pub fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{rest}", self.region_name(), self.account)
    }

    /// Whole days before today, as seconds since 1970. It does not move while a test runs over a few hours of a day.
    pub fn days_ago(&self, days: u64) -> i64 {
        (self.now / crate::clock::DAY - days as i64) * crate::clock::DAY + 3_600
    }
}

/// Whether `known` is `name.1` or `name.member.1`, or the repeated parameter itself.
fn is_item(known: &str, name: &str) -> bool {
    let Some(rest) = known.strip_prefix(name) else { return false };
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    rest.is_empty() || rest.strip_prefix('.').is_some_and(|rest| rest.rsplit('.').next().is_some_and(number))
}

/// What a call is answered: a body, or a refusal.
pub type Made = Result<(), Refusal>;

/// How a call is answered.
pub type Make = fn(&Ask<'_>, &mut Body) -> Made;

#[cfg(test)]
pub mod testing {
    //! Asks in tests.

    use super::*;
    use crate::place::FIRST_ACCOUNT;
    use crate::services;

    /// Answers a call of the first account in us-east-1, as text.
    pub fn answer(world: &World, action: &str, body: &str) -> Result<String, Refusal> {
        let action = services::actions().iter().find(|known| known.full_name() == action).expect("a known action");
        let request = Request { body: body.as_bytes().to_vec(), query: body.to_owned(), ..Request::default() };
        let mut ask = Ask::new(world, FIRST_ACCOUNT, 0, "AKIA100000000000SYNT", &request, action, action.service.wire);
        ask.now = 1_795_428_480;
        services::answer(&ask, "r").map(|body| String::from_utf8_lossy(&body.into_bytes()).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask<'a>(world: &'a World, request: &'a Request, action: &str) -> Ask<'a> {
        let action = crate::services::actions().iter().find(|known| known.full_name() == action).expect("a known action");
        Ask::new(world, 100_000_000_000, 0, "AKIA100000000000SYNT", request, action, action.service.wire)
    }

    #[test]
    fn parameters_are_read_in_every_protocol() {
        let world = World::default();
        let form = "Action=DescribeVpcs&VpcId.1=a%2Fb&VpcId.2=c&Filter.1.Name=vpc-id&Filter.1.Value.1=x&MaxResults=5";
        let request = Request { body: form.into(), ..Request::default() };
        let query = ask(&world, &request, "ec2.DescribeVpcs");
        assert_eq!(query.texts("VpcId"), ["a/b", "c"]);
        assert_eq!(query.filter("vpc-id"), Some(vec!["x".to_owned()]));
        assert_eq!((query.num("MaxResults"), query.filter("state")), (Some(5), None));
        let request = Request { body: br#"{"limit":50,"names":["a","b"]}"#.to_vec(), ..Request::default() };
        let json = ask(&world, &request, "logs.DescribeLogGroups");
        assert_eq!((json.num("limit"), json.texts("names").len()), (Some(50), 2));
    }

    #[test]
    fn ids_know_their_index() {
        let world = World::default().with(Kind::Vpc, 17 * 5);
        let request = Request::default();
        let ask = ask(&world, &request, "ec2.DescribeVpcs");
        assert_eq!(ask.index(Kind::Vpc, &ask.id("vpc", Kind::Vpc, 4)), Some(4));
        assert_eq!(ask.index(Kind::Vpc, &ask.id("vpc", Kind::Vpc, 5)), None, "there are five");
        assert_eq!(ask.index(Kind::Vpc, "vpc-1"), None);
        assert_eq!(ask.index_of_uuid(Kind::Vpc, &ask.uuid(Kind::Vpc, 3)), Some(3));
        assert_eq!(ask.read_token(&ask.token(77)), Some(77));
        assert_eq!(ask.read_token("synt77x0"), None);
    }
}
