//! Amazon API Gateway: REST APIs (version 1 of the API) and HTTP and WebSocket APIs (version 2).

use aws_sdk_apigateway::types;

use super::Service;
use crate::aws::{Api, Quota, Wire, calls, client, words};
use crate::inventory::View;

pub mod account;
pub mod certificate;
pub mod domain_name;
pub mod http_api;
pub mod http_domain_name;
pub mod rest_api;
pub mod stage_metric;
pub mod trust_store;

/// The API of REST APIs. The two APIs are throttled together, per account, at ten requests a second
/// and forty at once: half of that is counted to each.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
pub const API_GATEWAY: &Api = &Api { id: "API Gateway", prefix: "apigateway", quota: Quota::shared(5.0, 20), wire: Wire::RestJson };

/// The API of HTTP and WebSocket APIs, under the other half.
pub const API_GATEWAY_V2: &Api = &Api { id: "ApiGatewayV2", prefix: "apigateway", quota: Quota::shared(5.0, 20), wire: Wire::RestJson };

// IAM knows API Gateway's calls by their HTTP verb only.
calls! { API_GATEWAY "apigateway":
    GetAccount = "apigateway:GET",
    GetAuthorizers = "apigateway:GET",
    GetBasePathMappings = "apigateway:GET",
    GetDomainNames = "apigateway:GET",
    GetRestApis = "apigateway:GET",
    GetStages = "apigateway:GET",
}

/// Calls of version 2.
pub mod v2 {
    use super::API_GATEWAY_V2;
    use crate::aws::calls;

    calls! { API_GATEWAY_V2 "apigateway":
        GetApiMappings = "apigateway:GET",
        GetApis = "apigateway:GET",
        GetAuthorizers = "apigateway:GET",
        GetDomainNames = "apigateway:GET",
        GetStages = "apigateway:GET",
        /// Routing rules have actions of their own.
        ListRoutingRules = "apigateway:ListRoutingRules",
    }
}

client!(aws_sdk_apigateway, API_GATEWAY);
client!(aws_sdk_apigatewayv2, API_GATEWAY_V2);

words!(types::DomainNameStatus);

/// The card.
pub const SERVICE: Service = Service {
    name: "apigateway",
    title: "Amazon API Gateway",
    readers: &[
        rest_api::READER,
        domain_name::READER,
        account::READER,
        http_api::READER,
        http_domain_name::READER,
        trust_store::READER,
        stage_metric::READER,
    ],
    views: &[DOOR],
};

/// What each custom domain name leads to.
const DOOR: &View = &View { name: "aws_api_gateway_door", sql: include_str!("door.sql") };

/// The log group of an access log's destination (`arn:…:log-group:NAME`), or `''` for another destination.
pub(crate) fn log_group_of(destination_arn: &str) -> String {
    destination_arn.split_once(":log-group:").map_or("", |(_, name)| name.trim_end_matches(":*")).to_owned()
}
