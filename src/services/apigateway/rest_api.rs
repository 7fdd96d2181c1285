//! REST APIs, their stages and authorisers.

use macro_rules_attribute::apply;

use super::{call, log_group_of};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::{identified, reader, text, time};

/// A REST API, as GetRestApis tells it.
#[apply(row!)]
#[table("aws_api_gateway_rest_api", key(arn))]
pub struct RestApi {
    /// ARN of the API.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Id of the API.
    pub rest_api_id: String,
    /// Name of the API.
    pub name: String,
    /// `EDGE`, `REGIONAL` or `PRIVATE`, a list.
    pub endpoint_types: Json,
    /// Whether the default endpoint `ID.execute-api.…` is closed. A change takes effect only with the next deployment.
    pub disable_execute_api_endpoint: bool,
    /// Resource policy as a JSON document, or ''.
    pub policy: String,
    /// TLS policy of the default endpoint, or ''.
    pub security_policy: String,
    /// `AVAILABLE`, `UPDATING`, …, or ''.
    pub api_status: String,
    /// When it was made.
    pub created_date: Time,
    /// Stages; they are in `aws_api_gateway_stage`.
    #[is(derived)]
    pub stage_count: Fact<i64>,
    /// Authorisers; they are in `aws_api_gateway_authorizer`.
    #[is(derived)]
    pub authorizer_count: Fact<i64>,
    /// Tags, a map.
    pub tags: Json,
}

/// A stage of a REST API, as GetStages tells it.
#[apply(row!)]
#[table(
    "aws_api_gateway_stage", key(arn),
    guard("aws_api_gateway_rest_api", "stage_count"),
    part_of("aws_api_gateway_rest_api", rest_api_id = rest_api_id)
)]
pub struct Stage {
    /// ARN of the stage.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Id of the API.
    pub rest_api_id: String,
    /// Name of the stage.
    pub name: String,
    /// Deployment that is live.
    pub deployment_id: String,
    /// When it was made.
    pub created_date: Time,
    /// When it was changed or deployed.
    #[is(churn)]
    pub last_updated_date: Time,
    /// ARN to which access is logged, or ''.
    pub access_log_destination_arn: String,
    /// Log group to which access is logged, or ''.
    #[is(derived)]
    pub access_log_group: String,
    /// Whether execution is logged for any method.
    #[is(derived)]
    pub execution_logging: bool,
    /// Logging levels in use, a list (`ERROR`, `INFO`).
    pub logging_levels: Json,
    /// Whether requests are traced.
    pub tracing_enabled: bool,
    /// ARN of the web ACL, or ''.
    pub web_acl_arn: String,
    /// Certificate that the stage shows to its *backend*, or ''. It has nothing to do with clients' certificates.
    pub client_certificate_id: String,
    /// Names of stage variables, a list. Their values are never stored.
    pub variable_names: Json,
    /// Tags, a map.
    pub tags: Json,
}

/// An authoriser of a REST API, as GetAuthorizers tells it.
#[apply(row!)]
#[table(
    "aws_api_gateway_authorizer", key(arn),
    guard("aws_api_gateway_rest_api", "authorizer_count"),
    part_of("aws_api_gateway_rest_api", rest_api_id = rest_api_id)
)]
pub struct Authorizer {
    /// ARN of the authoriser.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Id of the API.
    pub rest_api_id: String,
    /// Id of the authoriser.
    pub authorizer_id: String,
    /// Name of the authoriser.
    pub name: String,
    /// `TOKEN`, `REQUEST` or `COGNITO_USER_POOLS`.
    pub auth_type: String,
    /// Where the function is, or ''.
    pub authorizer_uri: String,
    /// ARNs of user pools, a list.
    pub provider_arns: Json,
}

reader! {
    "apigateway/rest_api", Regional, fills [RestApi::TABLE, Stage::TABLE, Authorizer::TABLE],
    calls [call::GetRestApis, call::GetStages, call::GetAuthorizers], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let gateway: aws_sdk_apigateway::Client = cx.client();
    let mut pages = cx.pages(call::GetRestApis, |token| gateway.get_rest_apis().limit(500).set_position(token).send());
    while let Some(page) = pages.next(|page| page.position()).await? {
        let mut apis = Vec::new();
        for api in page.items() {
            let id = identified!(cx, call::GetRestApis, api.id());
            apis.push((id.to_owned(), api.clone()));
        }
        cx.each(apis, |(id, api)| emit(&cx, id, api)).await;
    }
    Ok(())
}

/// ARNs of API Gateway have no account in them.
fn arn(cx: &Cx, path: &str) -> String {
    cx.arn_of("apigateway", "", path)
}

async fn emit(cx: &Cx, id: String, api: aws_sdk_apigateway::types::RestApi) {
    let api_arn = arn(cx, &format!("/restapis/{id}"));
    let types = api.endpoint_configuration().map(|endpoint| endpoint.types()).unwrap_or(&[]);
    let (stage_count, authorizer_count) = tokio::join!(stages(cx, &api_arn, &id), authorizers(cx, &api_arn, &id));
    cx.emit(RestApi {
        arn: api_arn,
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        name: text(api.name()),
        endpoint_types: Json::set(types.iter().map(|kind| kind.as_str())),
        disable_execute_api_endpoint: api.disable_execute_api_endpoint(),
        // The API sends the document with its quotes escaped.
        policy: text(api.policy()).replace("\\\"", "\""),
        security_policy: text(api.security_policy().map(|policy| policy.as_str())),
        api_status: text(api.api_status().map(|status| status.as_str())),
        created_date: time(api.created_date()),
        stage_count: stage_count.into(),
        authorizer_count: authorizer_count.into(),
        tags: Json::tags(api.tags()),
        rest_api_id: id,
    })
    .await;
}

async fn stages(cx: &Cx, api_arn: &str, id: &str) -> Result<i64, Unread> {
    let gateway: aws_sdk_apigateway::Client = cx.client();
    let about = cx.about(RestApi::TABLE, api_arn, &["stage_count"]);
    let told = about.call(call::GetStages, gateway.get_stages().rest_api_id(id).send()).await?;
    for stage in told.item() {
        let name = identified!(about, call::GetStages, stage.stage_name());
        let settings = stage.method_settings().into_iter().flat_map(|settings| settings.values());
        let mut levels: Vec<&str> = settings.filter_map(|setting| setting.logging_level()).filter(|level| *level != "OFF").collect();
        levels.sort_unstable();
        levels.dedup();
        let destination = stage.access_log_settings().and_then(|settings| settings.destination_arn());
        cx.emit(Stage {
            arn: arn(cx, &format!("/restapis/{id}/stages/{name}")),
            account_id: cx.account_id().to_owned(),
            region: cx.region().to_owned(),
            rest_api_id: id.to_owned(),
            name: name.to_owned(),
            deployment_id: text(stage.deployment_id()),
            created_date: time(stage.created_date()),
            last_updated_date: time(stage.last_updated_date()),
            access_log_destination_arn: text(destination),
            access_log_group: log_group_of(destination.unwrap_or("")),
            execution_logging: !levels.is_empty(),
            logging_levels: Json::set(levels),
            tracing_enabled: stage.tracing_enabled(),
            web_acl_arn: text(stage.web_acl_arn()),
            client_certificate_id: text(stage.client_certificate_id()),
            variable_names: Json::set(stage.variables().into_iter().flat_map(|variables| variables.keys().cloned())),
            tags: Json::tags(stage.tags()),
        })
        .await;
    }
    Ok(told.item().len() as i64)
}

async fn authorizers(cx: &Cx, api_arn: &str, id: &str) -> Result<i64, Unread> {
    let gateway: aws_sdk_apigateway::Client = cx.client();
    let about = cx.about(RestApi::TABLE, api_arn, &["authorizer_count"]);
    let mut count = 0;
    let mut pages =
        about.pages(call::GetAuthorizers, |token| gateway.get_authorizers().rest_api_id(id).limit(500).set_position(token).send());
    while let Some(page) = pages.next(|page| page.position()).await? {
        for authorizer in page.items() {
            let authorizer_id = identified!(about, call::GetAuthorizers, authorizer.id());
            count += 1;
            cx.emit(Authorizer {
                arn: arn(cx, &format!("/restapis/{id}/authorizers/{authorizer_id}")),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                rest_api_id: id.to_owned(),
                authorizer_id: authorizer_id.to_owned(),
                name: text(authorizer.name()),
                auth_type: text(authorizer.r#type().map(|kind| kind.as_str())),
                authorizer_uri: text(authorizer.authorizer_uri()),
                provider_arns: Json::set(authorizer.provider_arns()),
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
            .on("GetRestApis", r#"{"item": [{"id": "a1", "name": "pay", "endpointConfiguration": {"types": ["REGIONAL"]}, "policy": "{\\\"Statement\\\":[]}"}]}"#)
            .on("GetStages", r#"{"item": [{"stageName": "prod", "variables": {"token": "hunter2"},
                "accessLogSettings": {"destinationArn": "arn:aws:logs:us-east-1:1:log-group:/api/access"},
                "methodSettings": {"*/*": {"loggingLevel": "INFO"}}}]}"#)
            .on("GetAuthorizers", r#"{"item": [{"id": "z1", "name": "jwt", "type": "TOKEN"}]}"#)
    }

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::GetRestApis, r#"{"item": []}"#, 1).await;
    }

    #[tokio::test]
    async fn tells_doors_and_logs_and_no_values() {
        let read = script().read(READER).await;
        let sql =
            "select arn, endpoint_types, disable_execute_api_endpoint, policy, stage_count, authorizer_count from aws_api_gateway_rest_api";
        assert_eq!(read.one(sql), r#"arn:aws:apigateway:us-east-1::/restapis/a1|["REGIONAL"]|0|{"Statement":[]}|1|1"#);
        let sql = "select access_log_group, execution_logging, logging_levels, variable_names from aws_api_gateway_stage";
        assert_eq!(read.one(sql), r#"/api/access|1|["INFO"]|["token"]"#);
        assert!(!read.all("select * from aws_api_gateway_stage").concat().contains("hunter2"));
        assert_eq!(read.one("select name, auth_type from aws_api_gateway_authorizer"), "jwt|TOKEN");
    }

    #[tokio::test]
    async fn denied_stages_are_not_no_stages() {
        let read = script().read_with(READER, call::GetStages, Fault::Denied).await;
        assert_eq!(read.one("select stage_count, authorizer_count from aws_api_gateway_rest_api"), "unread|1");
        let read = script().read_with(READER, call::GetAuthorizers, Fault::CutAfterFirstPage).await;
        assert_eq!(read.one("select stage_count, authorizer_count from aws_api_gateway_rest_api"), "1|unread");
    }
}
