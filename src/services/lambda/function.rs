//! Functions, their published versions and their aliases. What is asked about each is in `function_facts.rs`.

use aws_sdk_lambda::types::{self, FunctionVersion};
use macro_rules_attribute::apply;

use super::call;
use super::function_facts::Facts;
use super::provisioned_concurrency::{self, ProvisionedConcurrency};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row};
use crate::services::statement::{emit_statements, statement_table};
use crate::services::{identified, reader, text};

/// A function as it stands in `$LATEST`, as ListFunctions and the calls about each tell it.
#[apply(row!)]
#[table("aws_lambda_function", key(arn))]
pub struct Function {
    /// ARN of the function, without a version.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Name of the function.
    pub name: String,
    /// Runtime (`python3.13`); '' for a container image.
    pub runtime: String,
    /// `Zip` or `Image`.
    pub package_type: String,
    /// When Lambda moves it to a newer version of its runtime: `Auto`, `FunctionUpdate` or `Manual`; '' for a container image, which
    /// brings its own (GetRuntimeManagementConfig).
    pub update_runtime_on: Fact<String>,
    /// Capacity provider on whose instances it runs, outside of the account's concurrency; '' for a function of the usual kind.
    pub capacity_provider_arn: String,
    /// Handler, or ''.
    pub handler: String,
    /// ARN of the execution role.
    pub role_arn: String,
    /// Size of the code in bytes.
    #[is(churn)]
    pub code_size: i64,
    /// Hash of the code.
    pub code_sha256: String,
    /// Seconds after which an invocation is ended.
    pub timeout: Fact<i64>,
    /// Memory in MB.
    pub memory_size: Fact<i64>,
    /// When it was changed, as AWS writes it.
    #[is(churn)]
    pub last_modified: String,
    /// Names of environment variables, a list. Their values are never stored.
    pub environment_variable_names: Json,
    /// ARN of the key that encrypts them; '' for AWS's own.
    pub kms_key_arn: String,
    /// VPC, or ''.
    pub vpc_id: String,
    /// Subnets, a list.
    pub subnet_ids: Json,
    /// Security groups, a list.
    pub security_group_ids: Json,
    /// Log group to which it logs: its own setting, or `/aws/lambda/NAME`.
    pub log_group: String,
    /// ARN of the dead letter queue or topic, or ''.
    pub dead_letter_target_arn: String,
    /// `Active` or `PassThrough`, or ''.
    pub tracing_mode: String,
    /// ARNs of layers, a list in the order in which they are laid over each other.
    #[is(ordered)]
    pub layer_arns: Json,
    /// `Active`, `Pending`, `Inactive` or `Failed`; '' when AWS does not say (GetFunctionConfiguration).
    #[is(churn)]
    pub state: Fact<String>,
    /// Why, AWS's code, or ''.
    #[is(churn)]
    pub state_reason_code: Fact<String>,
    /// `Successful`, `InProgress` or `Failed`; '' when AWS does not say (GetFunctionConfiguration).
    #[is(churn)]
    pub last_update_status: Fact<String>,
    /// Why, AWS's words, or ''.
    #[is(churn)]
    pub last_update_status_reason: Fact<String>,
    /// Reserved concurrency; 0 switches the function off; -1 without a reservation (GetFunctionConcurrency).
    pub reserved_concurrency: Fact<i64>,
    /// Versions and aliases with provisioned concurrency; they are in `aws_lambda_provisioned_concurrency`
    /// (ListProvisionedConcurrencyConfigs).
    #[is(derived)]
    pub provisioned_concurrency_count: Fact<i64>,
    /// Resource policy as a JSON document, or '' (GetPolicy).
    pub policy: Fact<String>,
    /// How many statements it has; they are in `aws_lambda_function_policy_statement`.
    #[is(derived)]
    pub policy_statement_count: Fact<i64>,
    /// Aliases; they are in `aws_lambda_alias`.
    #[is(derived)]
    pub alias_count: Fact<i64>,
    /// Tags, a map (ListTags).
    pub tags: Fact<Json>,
}

/// A published version of a function, as ListFunctions tells it.
#[apply(row!)]
#[table("aws_lambda_version", key(arn), part_of("aws_lambda_function", function_arn = arn), is(passing))]
pub struct Version {
    /// ARN of the version.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// ARN of the function.
    pub function_arn: String,
    /// Its number.
    pub version: String,
    /// Runtime; '' for a container image.
    pub runtime: String,
    /// `Zip` or `Image`.
    pub package_type: String,
    /// Size of the code in bytes.
    pub code_size: i64,
    /// Hash of the code.
    pub code_sha256: String,
    /// When it was published, as AWS writes it.
    pub last_modified: String,
}

/// An alias of a function, as ListAliases tells it.
#[apply(row!)]
#[table("aws_lambda_alias", key(arn), guard("aws_lambda_function", "alias_count"), part_of("aws_lambda_function", function_arn = arn))]
pub struct Alias {
    /// ARN of the alias.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// ARN of the function.
    pub function_arn: String,
    /// Name of the alias.
    pub name: String,
    /// Version that gets the traffic.
    pub function_version: String,
    /// Other versions that get a share of it, a map from version to share.
    pub additional_version_weights: Json,
}

statement_table! {
    "A statement of a function's resource policy: who may invoke it."
    FunctionStatement, "aws_lambda_function_policy_statement", guard("aws_lambda_function", "policy_statement_count")
}

reader! {
    "lambda/function", Regional,
    fills [Function::TABLE, Version::TABLE, Alias::TABLE, ProvisionedConcurrency::TABLE, FunctionStatement::TABLE],
    calls [
        call::ListFunctions, call::GetFunctionConfiguration, call::GetFunctionConcurrency, call::GetPolicy, call::ListAliases,
        call::ListTags, call::GetRuntimeManagementConfig, call::ListProvisionedConcurrencyConfigs
    ], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let lambda: aws_sdk_lambda::Client = cx.client();
    let mut pages = cx.pages(call::ListFunctions, |token| {
        // Every version in one list: what an alias points at can run on another runtime than $LATEST.
        lambda.list_functions().function_version(FunctionVersion::All).max_items(50).set_marker(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_marker()).await? {
        let mut functions = Vec::new();
        for function in page.functions() {
            let arn = identified!(cx, call::ListFunctions, function.function_arn());
            match function.version() {
                None | Some("$LATEST") => functions.push((arn.trim_end_matches(":$LATEST").to_owned(), function.clone())),
                Some(version) => emit_version(&cx, arn, version, function).await,
            }
        }
        cx.each(functions, |(arn, function)| emit_function(&cx, arn, function)).await;
    }
    Ok(())
}

async fn emit_version(cx: &Cx, arn: &str, version: &str, function: &types::FunctionConfiguration) {
    cx.emit(Version {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        function_arn: arn.trim_end_matches(version).trim_end_matches(':').to_owned(),
        version: version.to_owned(),
        runtime: text(function.runtime().map(|runtime| runtime.as_str())),
        package_type: text(function.package_type().map(|kind| kind.as_str())),
        code_size: function.code_size(),
        code_sha256: text(function.code_sha256()),
        last_modified: text(function.last_modified()),
    })
    .await;
}

async fn emit_function(cx: &Cx, arn: String, function: types::FunctionConfiguration) {
    let name = text(function.function_name());
    let is_image = function.package_type() == Some(&types::PackageType::Image);
    let facts = Facts::ask(cx, &arn, &name, is_image).await;
    let (state, state_reason_code, last_update_status, last_update_status_reason) = facts.states(cx, &arn).await;
    let policy = facts.policy();
    let parent = (Function::TABLE, arn.as_str(), cx.region());
    let columns = &["policy_statement_count"];
    let policy_statement_count = emit_statements::<FunctionStatement>(cx, parent, columns, call::GetPolicy, &policy).await;
    let provisioned_concurrency_count = provisioned_concurrency::emit(cx, &arn, &name).await.into();
    let capacity = function.capacity_provider_config().and_then(|config| config.lambda_managed_instances_capacity_provider_config());
    let alias_count = emit_aliases(cx, &arn, &name).await.into();
    let vpc = function.vpc_config();
    let variables = function.environment().and_then(|environment| environment.variables());
    let own_group = function.logging_config().and_then(|logging| logging.log_group());
    cx.emit(Function {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        runtime: text(function.runtime().map(|runtime| runtime.as_str())),
        package_type: text(function.package_type().map(|kind| kind.as_str())),
        update_runtime_on: facts.update_runtime_on(cx, &arn).await,
        capacity_provider_arn: text(capacity.map(|capacity| capacity.capacity_provider_arn())),
        handler: text(function.handler()),
        role_arn: text(function.role()),
        code_size: function.code_size(),
        code_sha256: text(function.code_sha256()),
        timeout: Fact::told(function.timeout().map(i64::from)),
        memory_size: Fact::told(function.memory_size().map(i64::from)),
        last_modified: text(function.last_modified()),
        environment_variable_names: Json::set(variables.into_iter().flat_map(|variables| variables.keys().cloned())),
        kms_key_arn: text(function.kms_key_arn()),
        vpc_id: text(vpc.and_then(|vpc| vpc.vpc_id())),
        subnet_ids: Json::set(vpc.into_iter().flat_map(|vpc| vpc.subnet_ids())),
        security_group_ids: Json::set(vpc.into_iter().flat_map(|vpc| vpc.security_group_ids())),
        log_group: own_group.map_or_else(|| format!("/aws/lambda/{name}"), str::to_owned),
        dead_letter_target_arn: text(function.dead_letter_config().and_then(|config| config.target_arn())),
        tracing_mode: text(function.tracing_config().and_then(|config| config.mode()).map(|mode| mode.as_str())),
        layer_arns: Json(function.layers().iter().filter_map(|layer| layer.arn()).collect()),
        state,
        state_reason_code,
        last_update_status,
        last_update_status_reason,
        reserved_concurrency: facts.reserved_concurrency(),
        provisioned_concurrency_count,
        policy,
        policy_statement_count,
        alias_count,
        tags: facts.tags(),
        name,
        arn: arn.clone(),
    })
    .await;
}

async fn emit_aliases(cx: &Cx, arn: &str, name: &str) -> Result<i64, Unread> {
    let lambda: aws_sdk_lambda::Client = cx.client();
    let about = cx.about(Function::TABLE, arn, &["alias_count"]);
    let mut count = 0;
    let mut pages =
        about.pages(call::ListAliases, |token| lambda.list_aliases().function_name(name).max_items(50).set_marker(token).send());
    while let Some(page) = pages.next(|page| page.next_marker()).await? {
        for alias in page.aliases() {
            let alias_arn = identified!(about, call::ListAliases, alias.alias_arn());
            let weights = alias.routing_config().and_then(|routing| routing.additional_version_weights());
            let weights = weights.into_iter().flatten().map(|(version, share)| (version.clone(), (*share).into()));
            cx.emit(Alias {
                arn: alias_arn.to_owned(),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                function_arn: arn.to_owned(),
                name: text(alias.name()),
                function_version: text(alias.function_version()),
                additional_version_weights: Json(serde_json::Value::Object(weights.collect())),
            })
            .await;
            count += 1;
        }
    }
    Ok(count)
}
