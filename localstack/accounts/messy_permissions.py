"""Roles, users and policies that look too strong, or unfenced, and are neither."""

import io
import zipfile

import payment_permissions
from payment_permissions import DENY, document
from payment_workload import daily, log_group

CODE = "def handler(event, context):\n    return 'fine'\n"


def build(site):
    iam = site.bed.iam
    payment_permissions.build(site)
    usual = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": f"arn:aws:logs:*:{site.account}:*"}
    for part in (two_denies, fenced_by_boundary, fenced_by_complement, fenced_for_itself, whole_service_on_one_table):
        role, statements = part(site)
        iam.put_role_policy(RoleName=role, PolicyName="work", PolicyDocument=document(usual, *statements))
        runs(site, role)
    made_by_aws(site)
    young(site)
    by_group(site)


def two_denies(site):
    """iam/workload_role_deny_missing: a deny under a condition stands beside one without, and the one without holds."""
    weak = {**DENY, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}
    return role(site, "messy-two-denies"), [weak, DENY]


def fenced_by_boundary(site):
    """iam/workload_role_deny_missing, iam/workload_role_is_admin: everything is allowed, and the boundary leaves logs."""
    iam = site.bed.iam
    allow = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
    boundary = iam.create_policy(PolicyName="messy-boundary", PolicyDocument=document({**allow, "Action": "logs:Put*"}, DENY))
    name = role(site, "messy-bounded", boundary["Policy"]["Arn"])
    return name, [{"Effect": "Allow", "Action": ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], "Resource": "*"}]


def fenced_by_complement(site):
    """iam/workload_role_deny_missing: it denies everything but logs, and never names iam."""
    return role(site, "messy-complement"), [{"Effect": "Deny", "NotAction": ["logs:*"], "Resource": "*"}]


def fenced_for_itself(site):
    """iam/workload_role_deny_missing: the deny has a condition that always holds for this role."""
    name = role(site, "messy-by-name")
    condition = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{site.account}:role/messy-*"}}
    return name, [{**DENY, "Condition": condition}]


def whole_service_on_one_table(site):
    """iam/inline_policy_allows_whole_service: the action is a wildcard, the resource is one table."""
    table = f"arn:aws:dynamodb:{site.bed.region}:{site.account}:table/messy"
    return role(site, "messy-one-table"), [{"Effect": "Allow", "Action": "dynamodb:*", "Resource": table}, DENY]


def made_by_aws(site):
    """iam/role_unused, iam/workload_role_deny_missing: a service made one role for itself, IAM Identity Center the other one."""
    iam = site.bed.iam
    iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
    name = "AWSReservedSSO_Billing_0123456789abcdef"
    trust = {"Effect": "Allow", "Action": "sts:AssumeRoleWithSAML"}
    trust["Principal"] = {"Federated": f"arn:aws:iam::{site.account}:saml-provider/AWSSSO_DO_NOT_DELETE"}
    iam.create_role(RoleName=name, Path="/aws-reserved/sso.amazonaws.com/", AssumeRolePolicyDocument=document(trust))
    allow = {"Effect": "Allow", "Action": ["aws-portal:*", "budgets:*"], "Resource": "*"}
    iam.put_role_policy(RoleName=name, PolicyName="AwsSSOInlinePolicy", PolicyDocument=document(allow))


def young(site):
    """iam/role_unused: nobody has used it, and it is of this week."""
    bed, name = site.bed, "messy-young"
    role(site, name)
    for path, value in {"CreateDate": bed.now - 3 * 86_400, "RoleLastUsed": {}}.items():
        bed.rule("iam", "GetAccountAuthorizationDetails", lasting=True, set={f"RoleDetailList[RoleName={name}].{path}": value})


def by_group(site):
    """iam/user_policy_attached_directly: a person whose permissions all come from a group."""
    iam = site.bed.iam
    iam.create_group(GroupName="messy-auditors")
    iam.attach_group_policy(GroupName="messy-auditors", PolicyArn="arn:aws:iam::aws:policy/SecurityAudit")
    iam.create_user(UserName="messy-auditor")
    iam.add_user_to_group(GroupName="messy-auditors", UserName="messy-auditor")


def role(site, name, boundary=None):
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    more = {"PermissionsBoundary": boundary} if boundary else {}
    site.bed.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust), **more)
    return name


def runs(site, name):
    """A function that runs as a role, every day."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("app.py", CODE)
    bed = site.bed
    bed.client("lambda").create_function(
        FunctionName=name, Runtime="python3.13", Handler="app.handler", Code={"ZipFile": out.getvalue()}, Tags={"workload": "messy"},
        Role=f"arn:aws:iam::{site.account}:role/{name}",
    )
    log_group(bed, f"/aws/lambda/{name}", 365)
    daily(bed, "AWS/Lambda", "Invocations", 40.0, FunctionName=name)
    daily(bed, "AWS/Lambda", "Errors", 0.0, FunctionName=name)
