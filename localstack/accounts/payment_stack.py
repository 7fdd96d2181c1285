"""The payment platform's stacks for watching it, and for deploying it: links, alarms, dashboards, CDK's bootstrap."""

import json

from payment_site import FAR, HOME, fails, fault

# Where a link to a dashboard leads in CloudWatch's console.
LINK = "https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#dashboards:name="


def build(site):
    site.stacks = {}
    alarms = {"SettlementErrors": alarm("payment-prod-settle"), "CaptureErrors": alarm("payment-prod-capture")}
    group = {"Value": {"Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/payment/prod/api-access:*"}}
    deploy(site, "payment-prod-alarms", alarms, {"AccessLog": group})
    metrics = [["AWS/Lambda", "Invocations", "FunctionName", "payment-prod-authorize"], ["...", "payment-prod-capture"]]
    shown = [site.bed.arn("cloudwatch", "alarm:payment-prod-settle-errors")]
    site.settlement_board = board(site, "payment-prod-settlement", HOME, metrics, shown)


def deploy(site, name, resources, outputs=None, parameters=None):
    """Deploys a stack and returns its ARN."""
    site.bed.stack(name, resources, outputs, parameters, env="production", workload="payment-prod")
    site.stacks[name] = site.bed.cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    return site.stacks[name]


def update(bed, name, resources, outputs=None):
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources, "Outputs": outputs or {}}
    bed.cloudformation.update_stack(StackName=name, TemplateBody=json.dumps(template))
    bed.cloudformation.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def alarm(function):
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": f"{function}-errors", "Namespace": "AWS/Lambda", "MetricName": "Errors", "Statistic": "Sum", "Period": 300,
            "Dimensions": [{"Name": "FunctionName", "Value": function}], "EvaluationPeriods": 1, "Threshold": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "notBreaching",
        },
    }  # fmt: skip


def board(site, name, region, metrics, alarms=()):
    """A dashboard: the emulator's CloudFormation cannot make one."""
    graph = {"title": "Invocations", "region": region, "metrics": metrics}
    widgets = [
        {"type": "text", "width": 24, "height": 2, "properties": {"markdown": "# Payments\n[runbook](https://wiki.example.com/payments)"}},
        {"type": "metric", "width": 12, "height": 6, "properties": graph},
    ]
    if alarms:
        widgets.append({"type": "alarm", "width": 12, "height": 2, "properties": {"title": "Alarms", "alarms": list(alarms)}})
    site.bed.cloudwatch.put_dashboard(DashboardName=name, DashboardBody=json.dumps({"widgets": widgets}))
    return f"arn:aws:cloudwatch::{site.account}:dashboard/{name}"


# ---------------------------------------------------------------- A10: links and widgets that look the wrong way


@fault("A10")
def dashboard_link_of_another_region(site):
    """T1. Copied from the trial in the second region: the link in the stack's outputs, and the region in the widgets."""
    name = "payment-prod-operations"
    metrics = [["AWS/Lambda", "Invocations", "FunctionName", "payment-prod-authorize"], ["...", "payment-prod-capture"]]
    dashboard = board(site, name, FAR, metrics)
    alarms = {"AuthorizeErrors": alarm("payment-prod-authorize")}

    def link(value):
        return {"DashboardUrl": {"Description": "The operations dashboard", "Value": value}}

    stack = deploy(site, "payment-prod-observability", alarms, link(LINK.format(region=FAR) + name))

    def repair():
        built = LINK.format(region="${AWS::Region}") + name
        update(site.bed, "payment-prod-observability", alarms, link({"Fn::Sub": built}))
        board(site, name, HOME, metrics)

    return [
        fails("cloudformation/output_hard_coded", stack, "hard_coded_region"),
        fails("cloudwatch/dashboard_dead_widget", dashboard, "dashboard_wrong_region"),
    ], repair


@fault("A10")
def dashboard_that_is_gone(site):
    """T1. The runbook's link is right in all of its parts, and the dashboard was deleted with the person who made it."""
    name = "payment-prod-fraud"
    built = LINK.format(region="${AWS::Region}") + name
    stack = deploy(site, "payment-prod-fraud", {"FraudErrors": alarm("payment-prod-fraud")}, {"DashboardUrl": {"Value": {"Fn::Sub": built}}})

    def repair():
        board(site, name, HOME, [["AWS/Lambda", "Invocations", "FunctionName", "payment-prod-authorize"]])

    return [fails("cloudformation/output_dangling", stack, "dangling_output")], repair


@fault("A10")
def update_that_rolled_back(site):
    """T3: the emulator ends an update that failed as complete. What runs is the version before, and nobody looked."""
    name = "payment-prod-limits"
    stack = deploy(site, name, {"LimitErrors": alarm("payment-prod-limits")})
    site.bed.rule("cloudformation", "DescribeStacks", set={f"Stacks[StackName={name}].StackStatus": "UPDATE_ROLLBACK_COMPLETE"})

    def event(logical_id, kind, physical_id, status, reason=""):
        return {
            "StackId": stack, "EventId": f"{logical_id}-{status}", "StackName": name, "LogicalResourceId": logical_id,
            "PhysicalResourceId": physical_id, "ResourceType": kind, "Timestamp": site.bed.now - 86_400, "ResourceStatus": status,
            "ResourceStatusReason": reason,
        }  # fmt: skip

    own, denied = "AWS::CloudFormation::Stack", "Resource handler returned message: User is not authorized to perform: sqs:CreateQueue"
    events = [
        event(name, own, stack, "UPDATE_ROLLBACK_COMPLETE"),
        event("Retries", "AWS::SQS::Queue", "", "CREATE_FAILED", "Resource creation cancelled"),
        event("Requests", "AWS::SQS::Queue", "", "CREATE_FAILED", denied),
        event(name, own, stack, "UPDATE_IN_PROGRESS", "User Initiated"),
    ]
    site.bed.rule("cloudformation", "DescribeStackEvents", match={"StackName": stack}, answer={"StackEvents": events})
    # Forgetting the rules is the mending.
    return [fails("cloudformation/stack_unhealthy", stack, "last_update_rolled_back")], None


@fault("A10")
def alarm_deleted_by_hand(site):
    """T1. It woke somebody twice at night. The stack is complete, and the dashboard shows a line less."""
    name = "payment-prod-settle-errors"
    site.bed.cloudwatch.delete_alarms(AlarmNames=[name])

    def repair():
        site.bed.cloudwatch.put_metric_alarm(**alarm("payment-prod-settle")["Properties"])

    return [
        fails("cloudformation/resource_deleted", site.stacks["payment-prod-alarms"], "resource_deleted"),
        fails("cloudwatch/dashboard_alarm_missing", site.settlement_board, "dashboard_dead_widget"),
    ], repair


# ---------------------------------------------------------------- A9: what CDK leaves behind


@fault("A9")
def retention_by_a_leftover(site):
    """T3: the emulator cannot make the custom resource. `logRetention` of an old CDK, which sets retention beside the template."""
    name = "payment-prod-reports"
    stack = deploy(site, name, {"ReportErrors": alarm("payment-prod-reports")})
    listed = site.bed.cloudformation.list_stack_resources(StackName=name)["StackResourceSummaries"]
    now = site.bed.now - 90 * 86_400
    leftover = {
        "LogicalResourceId": "ReportLogRetention3F7A1C2B", "PhysicalResourceId": "/aws/lambda/payment-prod-reports",
        "ResourceType": "Custom::LogRetention", "ResourceStatus": "CREATE_COMPLETE", "LastUpdatedTimestamp": now,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }  # fmt: skip
    known = [{**one, "LastUpdatedTimestamp": now} for one in listed]
    site.bed.rule(
        "cloudformation", "ListStackResources", match={"StackName": stack}, answer={"StackResourceSummaries": [*known, leftover]}
    )
    return [fails("cloudformation/cdk_log_retention", stack, "cdk_log_retention")], None


@fault("A9")
def old_bootstrap(site):
    """T1. The account was bootstrapped on the first day, and never again."""

    def parts(version):
        parameter = {"Name": "/cdk-bootstrap/hnb659fds/version", "Type": "String", "Value": version}
        resources = {"CdkBootstrapVersion": {"Type": "AWS::SSM::Parameter", "Properties": parameter}}
        return resources, {"BootstrapVersion": {"Value": {"Fn::GetAtt": ["CdkBootstrapVersion", "Value"]}}}

    stack = deploy(site, "CDKToolkit", *parts("14"))

    def repair():
        update(site.bed, "CDKToolkit", *parts("28"))

    return [fails("cloudformation/cdk_bootstrap_old", stack, "cdk_bootstrap_old")], repair
