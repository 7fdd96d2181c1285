//! Kinds of IAM, Lambda and ECS: lists that several resources add to, and rows that hang on others.

use serde_json::{Value, json};

use super::super::testing::{ACCOUNT, HERE, Made, World};

fn iam(what: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{what}")
}

fn user(groups: Value) -> Value {
    json!({"arn": iam("user/ann"), "name": "ann", "path": "/", "groups": groups})
}

fn role(name: &str) -> Value {
    json!({"arn": iam(&format!("role/{name}")), "name": name, "path": "/"})
}

fn inline(role: &str, name: &str) -> Value {
    json!({"arn": iam(&format!("role/{role}")), "name": name, "document": r#"{"Version": "2012-10-17", "Statement": []}"#})
}

fn attached(role: &str, policy: &str) -> Value {
    json!({"arn": iam(&format!("role/{role}")), "policy_arn": policy, "kind": "attached"})
}

const DOCUMENT: &str = r#"{"Version": "2012-10-17", "Statement": []}"#;

#[test]
fn several_resources_put_a_user_into_groups() {
    let resources = json!({
        "Ann": {"Type": "AWS::IAM::User", "Properties": {"Groups": ["ops"]}},
        "More": {"Type": "AWS::IAM::UserToGroupAddition", "Properties": {"GroupName": "audit", "Users": ["ann"]}},
    });
    let world = |groups| World::new().row("aws_iam_user", user(groups)).stack("people", &resources, &[("Ann", "ann"), ("More", "m")]);
    assert_eq!(world(json!(["audit", "ops"])).real_stacks(), [""; 0]);
    assert_eq!(world(json!(["admins", "audit", "ops"])).real_stacks(), ["changed iam_user ann groups"]);
    let alone = json!({"More": resources["More"]});
    let world = |groups| World::new().row("aws_iam_user", user(groups)).stack("people", &alone, &[("More", "m")]);
    // Who only adds does not own the user: what else hangs on ann is not its business.
    let told = world(json!(["admins", "audit"])).row("aws_iam_inline_policy", json!({"arn": iam("user/ann"), "name": "x"}));
    assert_eq!(told.real_stacks(), ["unmanaged iam_user ann"]);
    assert_eq!(world(json!([])).real_stacks(), ["changed iam_user ann groups", "unmanaged iam_user ann"]);
}

#[test]
fn a_role_that_is_gone_takes_its_policies_along() {
    let role_of = |name: &str| {
        json!({"Type": "AWS::IAM::Role", "Properties": {
        "Policies": [{"PolicyName": name, "PolicyDocument": {"Version": "2012-10-17", "Statement": []}}]}})
    };
    let resources = json!({"A": role_of("a"), "B": role_of("b")});
    let world = World::new()
        .row("aws_iam_role", role("pay"))
        .row("aws_iam_inline_policy", inline("pay", "a"))
        .row("aws_iam_inline_policy", inline("pay", "sunday"))
        .stack("people", &resources, &[("A", "pay"), ("B", "gone")]);
    // That the policy of the other cannot be placed is no reason to doubt what was added to this one.
    assert_eq!(world.real_stacks(), ["added iam_inline_policy pay", "missing iam_role gone"]);
}

#[test]
fn what_a_state_reads_back_into_a_role_asks_for_nothing() {
    let made = |managed: Value| {
        let role = json!({"id": "pay", "name": "pay", "path": "/", "managed_policy_arns": managed,
            "inline_policy": [{"name": "old", "policy": "{}"}, {"name": "own", "policy": "{}"}]});
        let own = json!({"id": "pay:own", "role": "pay", "name": "own", "policy": DOCUMENT});
        Made(vec![("aws_iam_role.pay", "aws_iam_role", role), ("aws_iam_role_policy.own", "aws_iam_role_policy", own)], HERE)
    };
    let world = World::new()
        .row("aws_iam_role", role("pay"))
        .row("aws_iam_inline_policy", inline("pay", "own"))
        .row("aws_iam_policy_attachment", attached("pay", "arn:aws:iam::aws:policy/ReadOnlyAccess"));
    // `old` and Billing were taken away since the role was read; nobody declares them.
    let managed = json!(["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/Billing"]);
    assert_eq!(world.real_state(made(managed)), [""; 0]);
    assert_eq!(world.real_state(made(json!([]))), ["added iam_policy_attachment pay"]);
}

#[test]
fn permissions_are_statements_of_the_functions_policy() {
    let resources = json!({
        "Bucket": {"Type": "AWS::Lambda::Permission", "Properties": {
            "FunctionName": "pay", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com", "SourceArn": "arn:aws:s3:::in"}},
        "Alias": {"Type": "AWS::Lambda::Permission", "Properties": {
            "FunctionName": "pay:live", "Action": "lambda:InvokeFunction", "Principal": "*"}},
    });
    let arn = format!("arn:aws:lambda:{HERE}:{ACCOUNT}:function:pay");
    let statement = |source: &str| {
        json!({"arn": arn, "sid": "net-Bucket-1", "effect": "Allow", "actions": ["lambda:invokefunction"],
        "principals": ["Service:s3.amazonaws.com"], "condition": {"ArnLike": {"AWS:SourceArn": source}}})
    };
    let world = |statement| {
        World::new()
            .row("aws_lambda_function", json!({"arn": arn, "name": "pay"}))
            .row("aws_lambda_function_policy_statement", statement)
            .stack("net", &resources, &[("Bucket", "net-Bucket-1"), ("Alias", "net-Alias-1")])
            .real_stacks()
    };
    let rest = "unmanaged lambda_function arn:aws:lambda:eu-west-1:111122223333:function:pay".to_owned();
    assert_eq!(world(statement("arn:aws:s3:::in")), std::slice::from_ref(&rest));
    let changed = format!("changed lambda_function_policy_statement {arn} condition");
    assert_eq!(world(statement("arn:aws:s3:::*")), [changed, rest]);
}

#[test]
fn of_several_stacks_one_sets_the_role_of_the_account() {
    let of = |role: &str| json!({"Account": {"Type": "AWS::ApiGateway::Account", "Properties": {"CloudWatchRoleArn": iam(role)}}});
    let settings = |role: String| json!({"arn": format!("arn:aws:apigateway:{HERE}::/account"), "cloudwatch_role_arn": role});
    let one = |role| World::new().row("aws_api_gateway_account_settings", settings(role)).stack("a", &of("role/a"), &[("Account", "x")]);
    assert_eq!(one(iam("role/a")).real_stacks(), [""; 0]);
    assert_eq!(one(iam("role/b")).real_stacks(), ["changed api_gateway_account_settings account cloudwatch_role_arn"]);
    let two = |role| one(role).stack("b", &of("role/b"), &[("Account", "y")]);
    assert_eq!(two(iam("role/b")).real_stacks(), [""; 0]);
    assert_eq!(two(String::new()).real_stacks()[0], "changed api_gateway_account_settings account cloudwatch_role_arn");
}
