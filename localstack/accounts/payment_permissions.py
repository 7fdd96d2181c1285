"""What the payment platform's roles may do: the fence around every workload, and grants that helpers wrote."""

import json

from payment_site import fails, fault

FENCE = "payment-prod-fence"
DENY = {"Effect": "Deny", "Action": ["iam:*", "organizations:*", "account:*"], "Resource": "*"}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def role_arn(site, name):
    return f"arn:aws:iam::{site.account}:role/{name}"


def build(site):
    """A fence around every role that a service assumes: a managed policy that denies what code has no business with."""
    iam = site.bed.iam
    site.fence = iam.create_policy(PolicyName=FENCE, PolicyDocument=document(DENY))["Policy"]["Arn"]
    for role in iam.get_paginator("list_roles").paginate().search("Roles[]"):
        trusted = json.dumps(role["AssumeRolePolicyDocument"])
        if '"Service"' in trusted and not role["Path"].startswith(("/aws-service-role/", "/aws-reserved/")):
            iam.attach_role_policy(RoleName=role["RoleName"], PolicyArn=site.fence)
    organization(site)


def organization(site):
    """T3: the account is a member of an organization that forbids nothing; here only a management account can be asked."""
    bed, unit, root = site.bed, "ou-a1b2-payments", "r-a1b2"
    told = {"Id": "o-a1b2c3d4e5", "MasterAccountId": "999988887777", "FeatureSet": "ALL"}
    policy = {"Id": "p-FullAWSAccess", "Arn": "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"}
    policy.update(Name="FullAWSAccess", Type="SERVICE_CONTROL_POLICY", AwsManaged=True)
    content = document({"Effect": "Allow", "Action": "*", "Resource": "*"})
    in_force = [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]
    for operation, match, answer in [
        ("DescribeOrganization", {}, {"Organization": told}),
        ("ListRoots", {}, {"Roots": [{"Id": root, "Name": "Root", "PolicyTypes": in_force}]}),
        ("ListParents", {"ChildId": site.account}, {"Parents": [{"Id": unit, "Type": "ORGANIZATIONAL_UNIT"}]}),
        ("ListParents", {"ChildId": unit}, {"Parents": [{"Id": root, "Type": "ROOT"}]}),
        ("ListPoliciesForTarget", {}, {"Policies": [policy]}),
        ("DescribePolicy", {}, {"Policy": {"PolicySummary": policy, "Content": content}}),
    ]:
        bed.rule("organizations", operation, lasting=True, match=match, answer=answer)


def unfence(site, name):
    """Takes the fence from a role, and returns what puts it back."""
    iam = site.bed.iam
    iam.detach_role_policy(RoleName=name, PolicyArn=site.fence)
    return lambda: iam.attach_role_policy(RoleName=name, PolicyArn=site.fence)


@fault("B2")
def roles_that_nothing_denies(site):
    """T1. They are allowed little, and the team took that for a denial."""
    names = ("payment-prod-authorize", "payment-prod-capture")
    fences = [unfence(site, name) for name in names]

    def repair():
        for fence in fences:
            fence()

    return [fails("iam/workload_role_deny_missing", role_arn(site, name), "implicit_only") for name in names], repair


@fault("B2")
def a_deny_that_lets_something_out(site):
    """T1. A list of what somebody could think of, and an exemption under a condition."""
    iam, name = site.bed.iam, "payment-prod-database-rotation"
    fence = unfence(site, name)
    some = {"Effect": "Deny", "Action": ["iam:*Role*", "iam:*User*", "iam:*Policy*"], "Resource": "*"}
    weak = {**DENY, "Condition": {"BoolIfExists": {"aws:ViaAWSService": "false"}}}
    iam.put_role_policy(RoleName=name, PolicyName="deny", PolicyDocument=document(some, weak))

    def repair():
        iam.delete_role_policy(RoleName=name, PolicyName="deny")
        fence()

    return [fails("iam/workload_role_deny_missing", role_arn(site, name), "partial_deny")], repair


@fault("B6")
def grants_that_helpers_wrote(site):
    """T1. Every `grant` added a statement, one for a whole service on everything; the first draft is still there, attached to nobody."""
    iam, name = site.bed.iam, "payment-prod-capture"
    table = f"arn:aws:dynamodb:*:{site.account}:table/payment"
    grants = [{"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": f"{table}-{number}"} for number in range(14)]
    grants.append({"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"})
    iam.put_role_policy(RoleName=name, PolicyName="DefaultPolicy", PolicyDocument=document(*grants))
    draft = iam.create_policy(PolicyName="payment-prod-grants-draft", PolicyDocument=document(grants[0]))["Policy"]["Arn"]

    def repair():
        iam.delete_role_policy(RoleName=name, PolicyName="DefaultPolicy")
        iam.delete_policy(PolicyArn=draft)

    role = role_arn(site, name)
    return [
        fails("iam/role_inline_policies_many", role, "inline"),
        fails("iam/inline_policy_allows_whole_service", role, "whole_service"),
        fails("iam/policy_not_attached", draft, "unattached"),
    ], repair


@fault("B6")
def a_ladder_in_two_policies(site):
    """T1. A deployment in code: one helper let it pass roles on, another one let it make functions. Neither alone leads anywhere."""
    iam, name = site.bed.iam, "payment-prod-settle"
    fence = unfence(site, name)
    steps = {
        "pass": {"Effect": "Allow", "Action": "iam:PassRole", "Resource": f"arn:aws:iam::{site.account}:role/payment-prod-*"},
        "make": {
            "Effect": "Allow",
            "Action": ["lambda:CreateFunction", "lambda:InvokeFunction"],
            "Resource": f"arn:aws:lambda:*:{site.account}:function:payment-*",
        },
    }
    for policy, statement in steps.items():
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=document(statement))

    def repair():
        for policy in steps:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        fence()

    role = role_arn(site, name)
    return [
        fails("iam/workload_role_can_escalate", role, "privesc"),
        fails("iam/workload_role_deny_missing", role, "privileged"),
        fails("iam/role_inline_policies_many", role, "inline"),
    ], repair
