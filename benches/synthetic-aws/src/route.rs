//! Which call a request is: by target, by form, or by method and path.

use percent_encoding::percent_decode_str;

use crate::ask::decode;
use crate::http::Request;
use crate::place;
use crate::services::{self, Action, rest};
use crate::wire::Wire;

/// Who asks, and where: from the scope of the signature.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// The access key.
    pub key: String,
    /// The account that the key names.
    pub account: Option<u64>,
    /// The region.
    pub region: String,
    /// The name that the service signs with.
    pub service: String,
}

/// Reads `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`. SigV4a's scope has no region.
pub fn scope(request: &Request) -> Scope {
    let authorization = request.header("authorization").unwrap_or_default();
    let credential = authorization.split_once("Credential=").map_or("", |(_, rest)| rest.split([',', ' ']).next().unwrap_or_default());
    let parts: Vec<&str> = credential.split('/').collect();
    let (key, region, service) = match parts[..] {
        [key, _, region, service, _] => (key, region, service),
        [key, _, service, _] => (key, "us-east-1", service),
        _ => return Scope::default(),
    };
    Scope { key: key.to_owned(), account: place::account_of_key(key), region: region.to_owned(), service: service.to_owned() }
}

/// A request's call.
#[derive(Debug)]
pub enum Route {
    /// A call that is known, with the labels of its path.
    Known(&'static Action, Wire, Vec<(&'static str, String)>),
    /// One that is not: its name for the counters, and the protocol that it seems to speak.
    Unknown(String, Wire),
}

/// Finds the call.
pub fn route(request: &Request, scope: &Scope) -> Route {
    if let Some(target) = request.header("x-amz-target") {
        let (prefix, action) = target.rsplit_once('.').unwrap_or(("", target));
        let wire = if request.header("content-type").is_some_and(|kind| kind.ends_with("1.0")) { Wire::AwsJson10 } else { Wire::AwsJson11 };
        // Some SDKs put a package before the service: `com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101`.
        let prefix = prefix.rsplit('.').next();
        let service = services::ALL.iter().find(|service| service.target.is_some() && service.target == prefix);
        return found(service.and_then(|service| services::find(service.name, action)), format!("{}.{action}", scope.service), wire);
    }
    if let Some(rest) = request.path.strip_prefix("/service/").filter(|_| request.header("smithy-protocol").is_some()) {
        // `GraniteServiceVersion20100801/operation/DescribeAlarms`.
        let action = rest.rsplit('/').next().unwrap_or_default();
        let service = services::ALL.iter().find(|service| service.wire == Wire::RpcCbor && service.scope == scope.service);
        return found(
            service.and_then(|service| services::find(service.name, action)),
            format!("{}.{action}", scope.service),
            Wire::RpcCbor,
        );
    }
    let query = services::ALL
        .iter()
        .find(|service| service.scope == scope.service && matches!(service.wire, Wire::Ec2Query | Wire::AwsQuery | Wire::RpcCbor));
    if let Some(service) = query {
        let body = std::str::from_utf8(&request.body).unwrap_or_default();
        let text = if body.contains("Action=") { body } else { request.query.as_str() };
        let action = decode(text).into_iter().find(|(name, _)| name == "Action").map(|(_, value)| value.into_owned());
        let action = action.unwrap_or_default();
        let wire = if service.wire == Wire::RpcCbor { Wire::AwsQuery } else { service.wire };
        return found(services::find(service.name, &action), format!("{}.{action}", service.name), wire);
    }
    let labels: Vec<String> =
        request.path.split('/').skip(1).map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect();
    match rest::route(&scope.service, request, &labels) {
        Some((service, action, labels)) => match services::find(service, action) {
            Some(action) => Route::Known(action, action.service.wire, labels),
            None => Route::Unknown(format!("{service}.{action}"), Wire::RestJson),
        },
        None => {
            let wire = match scope.service.as_str() {
                "s3" => Wire::RestXml,
                "route53" => Wire::RestXmlWrapped,
                _ => Wire::RestJson,
            };
            Route::Unknown(format!("{}.{} {}", scope.service, request.method, request.path), wire)
        }
    }
}

fn found(action: Option<&'static Action>, name: String, wire: Wire) -> Route {
    action.map_or(Route::Unknown(name, wire), |action| Route::Known(action, wire, Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(service: &str) -> Request {
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential=AKIA100000000001SYNT/20261123/eu-west-1/{service}/aws4_request, SignedHeaders=host");
        Request { method: "POST".into(), path: "/".into(), headers: vec![("authorization", authorization)], ..Request::default() }
    }

    fn name(request: &Request) -> String {
        match route(request, &scope(request)) {
            Route::Known(action, ..) => action.full_name(),
            Route::Unknown(name, wire) => format!("unknown {name} {wire:?}"),
        }
    }

    #[test]
    fn signatures_say_who_and_where() {
        let scope = scope(&signed("ec2"));
        assert_eq!((scope.account, scope.region.as_str(), scope.service.as_str()), (Some(100_000_000_001), "eu-west-1", "ec2"));
    }

    #[test]
    fn requests_are_calls() {
        let mut request = signed("ec2");
        request.body = b"Action=DescribeVpcs&Version=2016-11-15".to_vec();
        assert_eq!(name(&request), "ec2.DescribeVpcs");
        request.body = b"Action=RunInstances".to_vec();
        assert_eq!(name(&request), "unknown ec2.RunInstances Ec2Query");
        let mut request = signed("logs");
        request.headers.push(("x-amz-target", "Logs_20140328.DescribeLogGroups".into()));
        assert_eq!(name(&request), "logs.DescribeLogGroups");
        let mut request = signed("monitoring");
        request.path = "/service/GraniteServiceVersion20100801/operation/DescribeAlarms".into();
        request.headers.push(("smithy-protocol", "rpc-v2-cbor".into()));
        assert_eq!(name(&request), "cloudwatch.DescribeAlarms");
        let mut request = signed("lambda");
        (request.method, request.path) = ("GET".into(), "/2015-03-31/functions/a%3Ab/policy".into());
        assert_eq!(name(&request), "lambda.GetPolicy");
        let mut request = signed("nosuch");
        request.method = "GET".into();
        assert_eq!(name(&request), "unknown nosuch.GET / RestJson");
    }
}
