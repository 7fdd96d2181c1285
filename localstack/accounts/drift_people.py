"""Changes by hand to the keys, roles and people of the platform that drifts. All T1."""

import json

from drift_site import change

STACK = "drift-people"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def iam(site, resource):
    return f"arn:aws:iam::{site.account}:{resource}"


TASK_ROLE = "role/payments/drift-task"


@change("aws_iam_role", "changed", STACK, "FunctionRole", "AssumeRolePolicyDocument", ["assume_role_policy"])
def role_trusts_everybody(site):
    """A contractor's account, and then all of them."""
    trust = {"Effect": "Allow", "Principal": {"AWS": "*", "Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    site.bed.iam.update_assume_role_policy(RoleName="drift-function", PolicyDocument=document(trust))
    return iam(site, "role/drift-function")


@change("aws_iam_inline_policy", "changed", STACK, "TaskRole", "Policies", ["document"])
def inline_policy_widened(site):
    """A policy that stands within its role."""
    site.bed.iam.put_role_policy(RoleName="drift-task", PolicyName="queue", PolicyDocument=document(allow("sqs:*")))
    return iam(site, TASK_ROLE), {"name": "queue"}


@change("aws_iam_inline_policy", "changed", STACK, "TaskDecrypts", "PolicyDocument", ["document"])
def every_key_decrypts(site):
    """A policy that is a resource of its own."""
    site.bed.iam.put_role_policy(RoleName="drift-task", PolicyName="decrypt", PolicyDocument=document(allow("kms:Decrypt")))
    return iam(site, TASK_ROLE), {"name": "decrypt"}


@change("aws_iam_inline_policy", "added", STACK, "BackupRole", "Policies")
def inline_policy_added(site):
    """A restore on a Sunday."""
    site.bed.iam.put_role_policy(RoleName="drift-backup", PolicyName="sunday", PolicyDocument=document(allow("rds:*")))
    return iam(site, "role/drift-backup"), {"name": "sunday"}


@change("aws_iam_inline_policy", "missing", STACK, "Operators", "Policies")
def operators_restart_nothing(site):
    """A policy that stands within its group."""
    site.bed.iam.delete_group_policy(GroupName="drift-operators", PolicyName="restart")
    return iam(site, "group/drift-operators"), {"name": "restart"}


@change("aws_iam_policy_attachment", "added", STACK, "ReplicationRole", "ManagedPolicyArns")
def administrator_attached(site):
    """It worked at once."""
    policy = "arn:aws:iam::aws:policy/AdministratorAccess"
    site.bed.iam.attach_role_policy(RoleName="drift-replication", PolicyArn=policy)
    return iam(site, "role/drift-replication"), {"policy_arn": policy, "kind": "attached"}


@change("aws_iam_policy_attachment", "missing", STACK, "FunctionRole", "ManagedPolicyArns")
def functions_log_nothing(site):
    """A policy of AWS's detached."""
    policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    site.bed.iam.detach_role_policy(RoleName="drift-function", PolicyArn=policy)
    return iam(site, "role/drift-function"), {"policy_arn": policy, "kind": "attached"}


@change("aws_iam_policy", "changed", STACK, "ReadDocuments", "PolicyDocument", ["document"])
def another_version_is_the_default(site):
    """The old one is kept beside it."""
    arn = site.of(STACK, "ReadDocuments")
    site.bed.iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(allow("s3:*")), SetAsDefault=True)
    return arn


@change("aws_iam_role", "changed", STACK, "TaskRole", "PermissionsBoundary", ["permissions_boundary_arn"])
def boundary_removed(site):
    """It was in the way."""
    site.bed.iam.delete_role_permissions_boundary(RoleName="drift-task")
    return iam(site, TASK_ROLE)


@change("aws_iam_role", "changed", STACK, "TaskRole", "Tags", ["tags"])
def role_tag_edited(site):
    """Another team."""
    site.bed.iam.tag_role(RoleName="drift-task", Tags=[{"Key": "owner", "Value": "nobody"}])
    return iam(site, TASK_ROLE)


@change("aws_iam_user", "changed", STACK, "Operator", "Groups", ["groups"])
def operator_is_administrator(site):
    """For the holidays."""
    site.bed.iam.add_user_to_group(UserName="drift-operator", GroupName="drift-administrators")
    return iam(site, "user/drift-operator")


@change("aws_iam_role", "missing", STACK, "RetiredRole")
def role_deleted(site):
    """Nothing used it."""
    site.bed.iam.delete_role(RoleName="drift-retired")
    return iam(site, "role/drift-retired")


@change("aws_iam_instance_profile", "changed", STACK, "HostProfile", "Roles", ["role_arns"])
def hosts_without_a_role(site):
    """Every call of theirs fails from now on."""
    site.bed.iam.remove_role_from_instance_profile(InstanceProfileName="drift-host", RoleName="drift-host")
    return iam(site, "instance-profile/drift-host")


def key_arn(site, logical_id):
    return site.arn("kms", f"key/{site.of(STACK, logical_id)}")


@change("aws_kms_key", "changed", STACK, "QuietKey", "EnableKeyRotation", ["rotation_enabled"])
def key_is_not_rotated(site):
    """An auditor asked for it to be on."""
    site.bed.kms.disable_key_rotation(KeyId=site.of(STACK, "QuietKey"))
    return key_arn(site, "QuietKey")


@change("aws_kms_key", "changed", STACK, "Key", "KeyPolicy", ["policy"])
def key_for_everybody(site):
    """Both statements stay, and the second is for anybody."""
    kms, key = site.bed.kms, site.of(STACK, "Key")
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    policy["Statement"][1]["Principal"] = "*"
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    return key_arn(site, "Key")


@change("aws_kms_key", "changed", STACK, "KeyAlias", "TargetKeyId", ["aliases"])
def alias_of_another_key(site):
    """What is encrypted by this name is encrypted with another key."""
    site.bed.kms.update_alias(AliasName="alias/drift-payment", TargetKeyId=site.of(STACK, "QuietKey"))
    return key_arn(site, "Key")


@change("aws_iam_role", "unmanaged", "", "")
def role_by_hand(site):
    """Of a trial."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    site.bed.iam.create_role(RoleName="by-hand", AssumeRolePolicyDocument=document(trust))
    return iam(site, "role/by-hand")


@change("aws_iam_user", "unmanaged", "", "")
def user_by_hand(site):
    """A contractor's."""
    site.bed.iam.create_user(UserName="by-hand")
    return iam(site, "user/by-hand")
