"""Stacks and dashboards that look wrong and are not."""

import json

from lib import DAY
from payment_site import FAR, HOME
from payment_stack import LINK, alarm, update
from payment_workload import daily

NOTES = "# Payments\nDeployed 202611231530; see https://eu-west-1.console.aws.amazon.com/billing/home"


def build(site):
    stacks(site)
    in_review(site)
    nested(site)
    dashboards(site)


def stacks(site):
    """T1. To mislead `output_hard_coded`, `output_dangling` and `stack_unhealthy`: regions, accounts and digits that are as they
    should be, and a stack that was updated.
    """
    topic = {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "messy-web"}}}
    certificate = f"arn:aws:acm:{HOME}:{site.account}:certificate/0b1c2d3e-0000-4000-8000-000000000001"
    outputs = {
        # CloudFront's certificate is in us-east-1 wherever the rest is, and it comes from the outside.
        "EdgeCertificate": {"Value": {"Ref": "EdgeCertificate"}},
        # IAM has its console there, too.
        "Roles": {"Value": f"https://{HOME}.console.aws.amazon.com/iam/home?region={HOME}#/roles"},
        # Built from a parameter: somebody meant another region.
        "Standby": {"Value": {"Fn::Sub": "https://${StandbyRegion}.console.aws.amazon.com/cloudwatch/home?region=${StandbyRegion}"}},
        # Not an account, not a region.
        "Release": {"Value": "202611231530"},
        "ReleaseMillis": {"Value": "1795447800000"},
        "Bucket": {"Value": "messy-artifacts-us-west-2-shared"},
        # The image's publisher, typed in as everybody does.
        "ImageOwner": {"Value": "137112412989"},
        "TopicArn": {"Value": {"Ref": "Topic"}},
    }
    site.far.stack("messy-web", topic, outputs, {"EdgeCertificate": certificate, "StandbyRegion": HOME}, env="production")
    first = {"Errors": alarm("messy-batch")}
    site.bed.stack("messy-batch", first, env="production")
    # Updated since, with what the old version had cleaned away.
    update(site.bed, "messy-batch", {"LateErrors": alarm("messy-batch-late")})


def in_review(site):
    """T1; its age is T3. To mislead `stack_unhealthy`: a change set that waits for its review since three days."""
    name = "messy-proposal"
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    site.bed.cloudformation.create_change_set(StackName=name, ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=template)
    site.bed.cloudformation.get_waiter("change_set_create_complete").wait(StackName=name, ChangeSetName="first", WaiterConfig={"Delay": 1})
    for member in ("CreationTime", "LastUpdatedTime"):
        path = f"Stacks[StackName={name}].{member}"
        site.bed.rule("cloudformation", "DescribeStacks", lasting=True, set={path: site.bed.now - 3 * DAY})


def nested(site):
    """T3: that one stack is nested in the other. To mislead whoever takes its parent's ARN for a resource that is gone."""
    site.bed.stack("messy-parent-Child-1QK2", {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "messy-child"}}})
    site.bed.stack("messy-parent", {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "messy-parent"}}})
    found = site.bed.cloudformation.describe_stacks()["Stacks"]
    ids = {one["StackName"]: one["StackId"] for one in found}
    parent, child = ids["messy-parent"], ids["messy-parent-Child-1QK2"]
    for member in ("ParentId", "RootId"):
        site.bed.rule("cloudformation", "DescribeStacks", lasting=True, set={"Stacks[StackName=messy-parent-Child-1QK2]." + member: parent})
    listed = site.bed.cloudformation.list_stack_resources(StackName=parent)["StackResourceSummaries"]
    past = site.bed.now - 100 * DAY
    nested = {"LogicalResourceId": "Child", "PhysicalResourceId": child, "ResourceType": "AWS::CloudFormation::Stack"}
    nested.update(ResourceStatus="CREATE_COMPLETE", DriftInformation={"StackResourceDriftStatus": "NOT_CHECKED"})
    answer = [{**one, "LastUpdatedTimestamp": past} for one in [*listed, nested]]
    site.bed.rule(
        "cloudformation", "ListStackResources", lasting=True, match={"StackName": parent}, answer={"StackResourceSummaries": answer}
    )


def dashboards(site):
    """T1. To mislead `dashboard_dead_widget`: a widget of the other region that has data there, one that is quiet because nothing
    goes wrong, and widgets without metrics.
    """
    daily(site.far, "AWS/Lambda", "Invocations", 12.0, FunctionName="messy-standby")
    daily(site.bed, "Messy/Orders", "Placed", 240.0, Shop="messy")
    widgets = [
        {"type": "text", "properties": {"markdown": NOTES + "\n" + LINK.format(region=FAR) + "gone"}},
        {"type": "metric", "properties": {"region": FAR, "metrics": [["AWS/Lambda", "Invocations", "FunctionName", "messy-standby"]]}},
        {"type": "metric", "properties": {"region": HOME, "metrics": [
            ["Messy/Orders", "Placed", "Shop", "messy", {"id": "placed"}], [{"expression": "RATE(placed)", "label": "rate"}],
        ]}},
        {"type": "metric", "properties": {"region": HOME, "metrics": [
            ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "LoadBalancer", "app/messy/50dc6c495c0c9188"],
        ]}},
        {"type": "metric", "properties": {"region": HOME, "metrics": [
            [{"expression": "SEARCH('{AWS/Lambda,FunctionName} Errors', 'Sum')", "id": "all"}],
        ]}},
        {"type": "explorer", "properties": {"region": HOME, "metrics": [], "labels": [{"key": "env", "value": "production"}]}},
        {"type": "metric", "properties": {
            "region": HOME, "accountId": "999988887777", "metrics": [["AWS/Lambda", "Invocations", "FunctionName", "of-another-account"]],
        }},
    ]  # fmt: skip
    site.bed.cloudwatch.put_dashboard(DashboardName="messy", DashboardBody=json.dumps({"widgets": widgets}))
