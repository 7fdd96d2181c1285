//! What is asked about one function: its state, its concurrency, its policy, its tags.

use aws_sdk_lambda::operation as op;

use super::call;
use super::function::Function;
use crate::aws::{Cx, Unread};
use crate::inventory::{Fact, Json, Row};
use crate::services::text;

/// The answers.
pub struct Facts {
    configuration: Result<op::get_function_configuration::GetFunctionConfigurationOutput, Unread>,
    concurrency: Result<op::get_function_concurrency::GetFunctionConcurrencyOutput, Unread>,
    policy: Result<Option<op::get_policy::GetPolicyOutput>, Unread>,
    tags: Result<op::list_tags::ListTagsOutput, Unread>,
    /// Nothing for a container image.
    runtime: Result<Option<op::get_runtime_management_config::GetRuntimeManagementConfigOutput>, Unread>,
}

impl Facts {
    /// Asks for everything at once. ListFunctions leaves the states out.
    pub async fn ask(cx: &Cx, arn: &str, name: &str, is_image: bool) -> Self {
        let lambda: aws_sdk_lambda::Client = cx.client();
        let about = |columns| cx.about(Function::TABLE, arn, columns);
        let (states, concurrency, policy, tags, runtime) = (
            about(&["state", "state_reason_code", "last_update_status", "last_update_status_reason"]),
            about(&["reserved_concurrency"]),
            about(&["policy", "policy_statement_count"]),
            about(&["tags"]),
            about(&["update_runtime_on"]),
        );
        // A container image brings its own runtime, so there is nothing to manage.
        let managed = async {
            if is_image {
                return Ok(None);
            }
            let asked = lambda.get_runtime_management_config().function_name(name).send();
            runtime.call(call::GetRuntimeManagementConfig, asked).await.map(Some)
        };
        let (configuration, concurrency, policy, tags, runtime) = tokio::join!(
            states.call(call::GetFunctionConfiguration, lambda.get_function_configuration().function_name(name).send()),
            concurrency.call(call::GetFunctionConcurrency, lambda.get_function_concurrency().function_name(name).send()),
            policy.call_or_absent(call::GetPolicy, &["ResourceNotFoundException"], lambda.get_policy().function_name(name).send()),
            tags.call(call::ListTags, lambda.list_tags().resource(arn).send()),
            managed,
        );
        Self { configuration, concurrency, policy, tags, runtime }
    }

    /// State, its reason, the last update's status, its reason.
    pub async fn states(&self, cx: &Cx, arn: &str) -> (Fact<String>, Fact<String>, Fact<String>, Fact<String>) {
        match &self.configuration {
            Err(Unread) => (Fact::Unread, Fact::Unread, Fact::Unread, Fact::Unread),
            Ok(told) => (
                cx.word(Function::TABLE, arn, &["state"], told.state(), &[]).await,
                Fact::Known(text(told.state_reason_code().map(|code| code.as_str()))),
                cx.word(Function::TABLE, arn, &["last_update_status"], told.last_update_status(), &[]).await,
                Fact::Known(text(told.last_update_status_reason())),
            ),
        }
    }

    /// When Lambda changes the runtime's version; `''` for a container image.
    pub async fn update_runtime_on(&self, cx: &Cx, arn: &str) -> Fact<String> {
        match &self.runtime {
            Err(Unread) => Fact::Unread,
            Ok(None) => Fact::Known(String::new()),
            Ok(Some(told)) => match told.update_runtime_on() {
                None => Fact::Unread,
                when => cx.word(Function::TABLE, arn, &["update_runtime_on"], when, &[]).await,
            },
        }
    }

    /// The reservation: none is -1, and 0 is off. The two are opposites.
    pub fn reserved_concurrency(&self) -> Fact<i64> {
        Fact::from(self.concurrency.as_ref()).map(|told| told.reserved_concurrent_executions().map_or(-1, i64::from))
    }

    /// The policy's text; `''` without one.
    pub fn policy(&self) -> Fact<String> {
        match &self.policy {
            Err(Unread) => Fact::Unread,
            Ok(None) => Fact::Known(String::new()),
            Ok(Some(told)) => Fact::told(told.policy().map(str::to_owned)),
        }
    }

    /// Tags.
    pub fn tags(&self) -> Fact<Json> {
        let pairs = |told: &op::list_tags::ListTagsOutput| Json::tags(told.tags());
        Fact::from(self.tags.as_ref()).map(pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::super::function::READER;
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    const LIST: &str = r#"{"Functions": [
        {"FunctionName": "pay", "FunctionArn": "arn:aws:lambda:us-east-1:1:function:pay:$LATEST", "Version": "$LATEST", "Runtime": "python3.13",
         "Role": "arn:aws:iam::1:role/pay", "CodeSize": 9, "Timeout": 3, "Environment": {"Variables": {"DB_PASSWORD": "hunter2"}}},
        {"FunctionName": "pay", "FunctionArn": "arn:aws:lambda:us-east-1:1:function:pay:1", "Version": "1", "Runtime": "python3.9"}]}"#;

    const PROVISIONED: &str = r#"{"ProvisionedConcurrencyConfigs": [
        {"FunctionArn": "arn:aws:lambda:us-east-1:1:function:pay:live", "RequestedProvisionedConcurrentExecutions": 5,
         "AllocatedProvisionedConcurrentExecutions": 0, "Status": "FAILED", "StatusReason": "no room",
         "LastModified": "2026-11-01T00:00:00+0000"}]}"#;

    fn script() -> Script {
        Script::default()
            .on("ListFunctions", LIST)
            .on("GetFunctionConfiguration", r#"{"State": "Active", "LastUpdateStatus": "Successful"}"#)
            .on("GetFunctionConcurrency", r#"{"ReservedConcurrentExecutions": 0}"#)
            .fails("GetPolicy", 404, "ResourceNotFoundException")
            .on(
                "ListAliases",
                r#"{"Aliases": [{"AliasArn": "arn:aws:lambda:us-east-1:1:function:pay:live", "Name": "live", "FunctionVersion": "1"}]}"#,
            )
            .on("ListTags", r#"{"Tags": {"env": "production"}}"#)
            .on("GetRuntimeManagementConfig", r#"{"UpdateRuntimeOn": "FunctionUpdate"}"#)
            .on("ListProvisionedConcurrencyConfigs", PROVISIONED)
    }

    const SQL: &str = "select arn, state, reserved_concurrency, policy, policy_statement_count, alias_count, tags from aws_lambda_function";

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::ListFunctions, r#"{"Functions": []}"#, 1).await;
    }

    #[tokio::test]
    async fn tells_functions_versions_and_aliases() {
        let read = script().read(READER).await;
        assert_eq!(read.one(SQL), r#"arn:aws:lambda:us-east-1:1:function:pay|Active|0||0|1|{"env":"production"}"#);
        assert_eq!(
            read.one("select function_arn, version, runtime from aws_lambda_version"),
            "arn:aws:lambda:us-east-1:1:function:pay|1|python3.9"
        );
        assert_eq!(read.one("select name, function_version from aws_lambda_alias"), "live|1");
        assert_eq!(read.one("select log_group, timeout, memory_size from aws_lambda_function"), "/aws/lambda/pay|3|unread");
    }

    #[tokio::test]
    async fn tells_what_is_provisioned_and_who_updates_the_runtime() {
        let read = script().read(READER).await;
        let sql = "select update_runtime_on, capacity_provider_arn, provisioned_concurrency_count from aws_lambda_function";
        assert_eq!(read.one(sql), "FunctionUpdate||1");
        let sql = "select qualifier, requested, allocated, available, status, status_reason from aws_lambda_provisioned_concurrency";
        assert_eq!(read.one(sql), "live|5|0|unread|FAILED|no room");
    }

    #[tokio::test]
    async fn layers_keep_their_order() {
        let layer = |name: &str| format!(r#"{{"Arn": "arn:aws:lambda:us-east-1:1:layer:{name}:1"}}"#);
        let list = LIST.replace(r#""CodeSize": 9,"#, &format!(r#""CodeSize": 9, "Layers": [{}, {}],"#, layer("z"), layer("a")));
        let read = Script::default().on("ListFunctions", &list).followed_by(script()).read(READER).await;
        assert_eq!(
            read.one("select layer_arns from aws_lambda_function"),
            r#"["arn:aws:lambda:us-east-1:1:layer:z:1","arn:aws:lambda:us-east-1:1:layer:a:1"]"#
        );
    }

    #[tokio::test]
    async fn an_image_brings_its_own_runtime() {
        let image = r#"{"Functions": [{"FunctionName": "ocr", "FunctionArn": "arn:aws:lambda:us-east-1:1:function:ocr", "Version": "$LATEST",
            "PackageType": "Image", "CapacityProviderConfig": {"LambdaManagedInstancesCapacityProviderConfig":
            {"CapacityProviderArn": "arn:aws:lambda:us-east-1:1:capacity-provider:big"}}}]}"#;
        let script =
            Script::default().on("ListFunctions", image).fails("GetRuntimeManagementConfig", 400, "InvalidParameterValueException");
        let read = script.followed_by(self::script()).read(READER).await;
        let sql = "select runtime, package_type, update_runtime_on, capacity_provider_arn from aws_lambda_function";
        assert_eq!(read.one(sql), "|Image||arn:aws:lambda:us-east-1:1:capacity-provider:big");
    }

    #[tokio::test]
    async fn no_reservation_and_none_left_are_opposites() {
        let none = Script::default().on("GetFunctionConcurrency", "{}").followed_by(script());
        assert_eq!(none.read(READER).await.one("select reserved_concurrency from aws_lambda_function"), "-1");
    }

    #[tokio::test]
    async fn values_of_variables_are_nowhere() {
        let read = script().read(READER).await;
        assert_eq!(read.one("select environment_variable_names from aws_lambda_function"), r#"["DB_PASSWORD"]"#);
        assert!(!read.all("select * from aws_lambda_function").concat().contains("hunter2"));
    }

    #[tokio::test]
    async fn what_is_denied_is_unread() {
        let denied = |call, column: &'static str| async move {
            script().read_with(READER, call, Fault::Denied).await.one(&format!("select {column} from aws_lambda_function"))
        };
        assert_eq!(denied(call::GetFunctionConfiguration, "state").await, "unread");
        assert_eq!(denied(call::GetFunctionConcurrency, "reserved_concurrency").await, "unread");
        assert_eq!(denied(call::GetPolicy, "policy_statement_count").await, "unread");
        assert_eq!(denied(call::ListAliases, "alias_count").await, "unread");
        assert_eq!(denied(call::ListTags, "tags").await, "unread");
        assert_eq!(denied(call::GetRuntimeManagementConfig, "update_runtime_on").await, "unread");
        assert_eq!(denied(call::ListProvisionedConcurrencyConfigs, "provisioned_concurrency_count").await, "unread");
    }
}
