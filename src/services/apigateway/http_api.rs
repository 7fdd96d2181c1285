//! HTTP and WebSocket APIs, their stages and authorisers.

use macro_rules_attribute::apply;

use super::log_group_of;
use super::v2::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::{identified, reader, text, time};

/// An HTTP or WebSocket API, as GetApis tells it.
#[apply(row!)]
#[table("aws_api_gatewayv2_api", key(arn))]
pub struct HttpApi {
    /// ARN of the API.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Id of the API.
    pub api_id: String,
    /// Name of the API.
    pub name: String,
    /// `HTTP` or `WEBSOCKET`.
    pub protocol_type: String,
    /// URL of the default endpoint.
    pub api_endpoint: String,
    /// Whether the default endpoint is closed; false when AWS leaves it out.
    pub disable_execute_api_endpoint: bool,
    /// Origins whose pages may call it (CORS), a list.
    pub cors_allow_origins: Json,
    /// When it was made.
    pub created_date: Time,
    /// Stages; they are in `aws_api_gatewayv2_stage`.
    #[is(derived)]
    pub stage_count: Fact<i64>,
    /// Authorisers; they are in `aws_api_gatewayv2_authorizer`.
    #[is(derived)]
    pub authorizer_count: Fact<i64>,
    /// Tags, a map.
    pub tags: Json,
}

/// A stage of an HTTP or WebSocket API, as GetStages tells it.
#[apply(row!)]
#[table(
    "aws_api_gatewayv2_stage", key(arn),
    guard("aws_api_gatewayv2_api", "stage_count"),
    part_of("aws_api_gatewayv2_api", api_id = api_id)
)]
pub struct Stage {
    /// ARN of the stage.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Id of the API.
    pub api_id: String,
    /// Name of the stage; `$default` for the one without a path.
    pub name: String,
    /// Whether changes go live by themselves.
    pub auto_deploy: bool,
    /// Deployment that is live, or ''.
    pub deployment_id: String,
    /// What came of the last deployment, in words, or ''.
    #[is(churn)]
    pub last_deployment_status_message: String,
    /// When it was changed.
    #[is(churn)]
    pub last_updated_date: Time,
    /// ARN to which access is logged, or ''.
    pub access_log_destination_arn: String,
    /// Log group to which access is logged, or ''.
    #[is(derived)]
    pub access_log_group: String,
    /// Names of stage variables, a list. Their values are never stored.
    pub variable_names: Json,
    /// Tags, a map.
    pub tags: Json,
}

/// An authoriser of an HTTP or WebSocket API, as GetAuthorizers tells it.
#[apply(row!)]
#[table(
    "aws_api_gatewayv2_authorizer", key(arn),
    guard("aws_api_gatewayv2_api", "authorizer_count"),
    part_of("aws_api_gatewayv2_api", api_id = api_id)
)]
pub struct Authorizer {
    /// ARN of the authoriser.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Id of the API.
    pub api_id: String,
    /// Id of the authoriser.
    pub authorizer_id: String,
    /// Name of the authoriser.
    pub name: String,
    /// `JWT` or `REQUEST`.
    pub authorizer_type: String,
    /// Issuer of a JWT authoriser, or ''.
    pub jwt_issuer: String,
    /// Audiences of a JWT authoriser, a list.
    pub jwt_audiences: Json,
}

reader! {
    "apigateway/http_api", Regional, fills [HttpApi::TABLE, Stage::TABLE, Authorizer::TABLE],
    calls [call::GetApis, call::GetStages, call::GetAuthorizers], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let gateway: aws_sdk_apigatewayv2::Client = cx.client();
    let mut pages = cx.pages(call::GetApis, |token| gateway.get_apis().max_results("500").set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        let mut apis = Vec::new();
        for api in page.items() {
            let id = identified!(cx, call::GetApis, api.api_id());
            apis.push((id.to_owned(), api.clone()));
        }
        cx.each(apis, |(id, api)| emit(&cx, id, api)).await;
    }
    Ok(())
}

async fn emit(cx: &Cx, id: String, api: aws_sdk_apigatewayv2::types::Api) {
    let arn = cx.arn_of("apigateway", "", &format!("/apis/{id}"));
    let (stage_count, authorizer_count) = tokio::join!(stages(cx, &arn, &id), authorizers(cx, &arn, &id));
    cx.emit(HttpApi {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        name: text(api.name()),
        protocol_type: text(api.protocol_type().map(|protocol| protocol.as_str())),
        api_endpoint: text(api.api_endpoint()),
        disable_execute_api_endpoint: api.disable_execute_api_endpoint() == Some(true),
        cors_allow_origins: Json::set(api.cors_configuration().into_iter().flat_map(|cors| cors.allow_origins())),
        created_date: time(api.created_date()),
        stage_count: stage_count.into(),
        authorizer_count: authorizer_count.into(),
        tags: Json::tags(api.tags()),
        api_id: id,
        arn,
    })
    .await;
}

async fn stages(cx: &Cx, api_arn: &str, id: &str) -> Result<i64, Unread> {
    let gateway: aws_sdk_apigatewayv2::Client = cx.client();
    let about = cx.about(HttpApi::TABLE, api_arn, &["stage_count"]);
    let mut count = 0;
    let mut pages = about.pages(call::GetStages, |token| gateway.get_stages().api_id(id).max_results("500").set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for stage in page.items() {
            let name = identified!(about, call::GetStages, stage.stage_name());
            count += 1;
            let destination = stage.access_log_settings().and_then(|settings| settings.destination_arn());
            cx.emit(Stage {
                arn: cx.arn_of("apigateway", "", &format!("/apis/{id}/stages/{name}")),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                api_id: id.to_owned(),
                name: name.to_owned(),
                auto_deploy: stage.auto_deploy() == Some(true),
                deployment_id: text(stage.deployment_id()),
                last_deployment_status_message: text(stage.last_deployment_status_message()),
                last_updated_date: time(stage.last_updated_date()),
                access_log_destination_arn: text(destination),
                access_log_group: log_group_of(destination.unwrap_or("")),
                variable_names: Json::set(stage.stage_variables().into_iter().flat_map(|variables| variables.keys().cloned())),
                tags: Json::tags(stage.tags()),
            })
            .await;
        }
    }
    Ok(count)
}

async fn authorizers(cx: &Cx, api_arn: &str, id: &str) -> Result<i64, Unread> {
    let gateway: aws_sdk_apigatewayv2::Client = cx.client();
    let about = cx.about(HttpApi::TABLE, api_arn, &["authorizer_count"]);
    let mut count = 0;
    let mut pages =
        about.pages(call::GetAuthorizers, |token| gateway.get_authorizers().api_id(id).max_results("500").set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for authorizer in page.items() {
            let authorizer_id = identified!(about, call::GetAuthorizers, authorizer.authorizer_id());
            count += 1;
            let jwt = authorizer.jwt_configuration();
            cx.emit(Authorizer {
                arn: cx.arn_of("apigateway", "", &format!("/apis/{id}/authorizers/{authorizer_id}")),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                api_id: id.to_owned(),
                authorizer_id: authorizer_id.to_owned(),
                name: text(authorizer.name()),
                authorizer_type: text(authorizer.authorizer_type().map(|kind| kind.as_str())),
                jwt_issuer: text(jwt.and_then(|jwt| jwt.issuer())),
                jwt_audiences: Json::set(jwt.into_iter().flat_map(|jwt| jwt.audience())),
            })
            .await;
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    fn script() -> Script {
        Script::default()
            .on("GetApis", r#"{"items": [{"apiId": "h1", "name": "hook", "protocolType": "HTTP",
                "corsConfiguration": {"allowOrigins": ["https://pay.example.com"]}}]}"#)
            .on("GetStages", r#"{"items": [{"stageName": "$default", "autoDeploy": true, "stageVariables": {"key": "hunter2"},
                "accessLogSettings": {"destinationArn": "arn:aws:logs:us-east-1:1:log-group:/hook:*"}}]}"#)
            .on("GetAuthorizers", r#"{"items": [{"authorizerId": "z", "name": "jwt", "authorizerType": "JWT", "jwtConfiguration": {"issuer": "https://i", "audience": ["a"]}}]}"#)
    }

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::GetApis, r#"{"items": []}"#, 1).await;
    }

    #[tokio::test]
    async fn tells_stages_and_authorisers_and_what_is_denied_is_unread() {
        let read = script().read(READER).await;
        let sql = "select name, disable_execute_api_endpoint, stage_count, authorizer_count from aws_api_gatewayv2_api";
        assert_eq!(read.one(sql), "hook|0|1|1");
        assert_eq!(read.one("select cors_allow_origins from aws_api_gatewayv2_api"), r#"["https://pay.example.com"]"#);
        assert_eq!(
            read.one("select name, auto_deploy, access_log_group, variable_names from aws_api_gatewayv2_stage"),
            r#"$default|1|/hook|["key"]"#
        );
        assert_eq!(read.one("select jwt_issuer, jwt_audiences from aws_api_gatewayv2_authorizer"), r#"https://i|["a"]"#);
        let denied = script().read_with(READER, call::GetStages, Fault::Denied).await;
        assert_eq!(denied.one(sql), "hook|0|unread|1");
        let denied = script().read_with(READER, call::GetAuthorizers, Fault::Denied).await;
        assert_eq!(denied.one(sql), "hook|0|1|unread");
    }
}
