"""The payment platform's people and roles."""

import json

from lib import DAY
from payment_site import USER_PASSWORD, fails, fault

VIEW_ONLY = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
LOGS = ["logs:CreateLogStream", "logs:PutLogEvents"]
# Roles: the service that they are for, and what they may do.
ROLES = {
    "payment-prod-authorize": ("lambda", LOGS),
    "payment-prod-capture": ("lambda", [*LOGS, "sqs:SendMessage"]),
    "payment-prod-settle": ("lambda", [*LOGS, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]),
    "payment-prod-database-rotation": ("lambda", [*LOGS, "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]),
    "payment-prod-replication": ("s3", []),
    "payment-prod-flow-logs": ("vpc-flow-logs", [*LOGS, "logs:CreateLogGroup", "logs:DescribeLogGroups"]),
    "payment-prod-api-logs": ("apigateway", LOGS),
    "payment-prod-service-execution": ("ecs-tasks", [*LOGS, "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]),
    "payment-prod-service-task": ("ecs-tasks", ["sqs:SendMessage"]),
}


def build(site):
    iam, bed = site.bed.iam, site.bed
    for name, (service, actions) in ROLES.items():
        trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        site.roles[name] = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        if actions:
            allow = {"Effect": "Allow", "Action": actions, "Resource": f"arn:aws:*:*:{site.account}:*"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
            iam.put_role_policy(RoleName=name, PolicyName="work", PolicyDocument=document)
    # Nothing on the bed assumes roles; and its root user never has a second factor.
    used = {"LastUsedDate": bed.now - DAY // 2, "Region": bed.region}
    bed.rule("iam", "GetAccountAuthorizationDetails", lasting=True, set={"RoleDetailList[].RoleLastUsed": used})
    bed.rule("iam", "GetAccountSummary", lasting=True, set={"SummaryMap.AccountMFAEnabled": 1})

    iam.create_group(GroupName="payment-operators")
    iam.attach_group_policy(GroupName="payment-operators", PolicyArn=VIEW_ONLY)
    person(site, "a.okafor")
    second_factor(site, "a.okafor")


def person(site, name):
    iam = site.bed.iam
    iam.create_user(UserName=name)
    iam.create_login_profile(UserName=name, Password=USER_PASSWORD, PasswordResetRequired=False)
    iam.add_user_to_group(GroupName="payment-operators", UserName=name)
    return f"arn:aws:iam::{site.account}:user/{name}"


def second_factor(site, name):
    iam = site.bed.iam
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(UserName=name, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321")


@fault()
def person_without_second_factor(site):
    """T1."""
    user = person(site, "m.keller")

    def repair():
        second_factor(site, "m.keller")

    return [fails("iam/user_mfa_off", user)], repair


@fault()
def deployer_of_old(site):
    """T1; the ages are T3. Deployments went through this user until the team moved to federation: its key is still the account."""
    bed, iam, name = site.bed, site.bed.iam, "payment-deploy"
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn=ADMINISTRATOR)
    key = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
    old, used = bed.now - 612 * DAY, {"LastUsedDate": bed.now - 371 * DAY, "ServiceName": "cloudformation", "Region": bed.region}
    bed.rule("iam", "ListAccessKeys", match={"UserName": name}, set={"AccessKeyMetadata[].CreateDate": old})
    bed.rule("iam", "GetAccessKeyLastUsed", match={"AccessKeyId": key}, set={"AccessKeyLastUsed": used})

    def repair():
        iam.detach_user_policy(UserName=name, PolicyArn=ADMINISTRATOR)
        iam.delete_access_key(UserName=name, AccessKeyId=key)
        iam.delete_user(UserName=name)

    user = f"arn:aws:iam::{site.account}:user/{name}"
    return [
        fails("iam/admin_policy_on_user", user, "attached"),
        fails("iam/user_policy_attached_directly", user, "managed"),
        fails("iam/access_key_old", user),
        fails("iam/access_key_unused", user, "unused"),
    ], repair


@fault()
def weak_passwords(site):
    """T1."""
    iam, policy = site.bed.iam, {"RequireNumbers": True, "AllowUsersToChangePassword": True}
    iam.update_account_password_policy(MinimumPasswordLength=8, PasswordReusePrevention=2, **policy)

    def repair():
        iam.update_account_password_policy(MinimumPasswordLength=14, PasswordReusePrevention=24, **policy)

    return [fails("iam/password_policy_weak", f"arn:aws:iam::{site.account}:root", "too_short_and_reuse_allowed")], repair
