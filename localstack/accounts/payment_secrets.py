"""The payment platform's secrets and keys."""

import json

from lib import DAY
from payment_site import DATABASE_PASSWORD, FAR, HOME, LEDGER_TOKEN, PROVIDER_KEY, fails, fault
from payment_workload import function, log_group, package, permit

ROTATION = "payment-prod-database-rotation"
EMPTY_STEPS = """
def handler(event, context):
    {"createSecret": create, "setSecret": set_up, "testSecret": test, "finishSecret": finish}[event["Step"]](event)

def create(event): pass
def set_up(event): pass
def test(event): raise NotImplementedError("TODO")
def finish(event): pass
"""
NO_STEPS = "def handler(event, context):\n    return None\n"
REAL_STEPS = """
import boto3

def handler(event, context):
    client, secret, token = boto3.client("secretsmanager"), event["SecretId"], event["ClientRequestToken"]
    if event["Step"] == "createSecret":
        current = client.get_secret_value(SecretId=secret, VersionStage="AWSCURRENT")["SecretString"]
        client.put_secret_value(SecretId=secret, ClientRequestToken=token, SecretString=current, VersionStages=["AWSPENDING"])
    if event["Step"] == "finishSecret":
        versions = client.describe_secret(SecretId=secret)["VersionIdsToStages"]
        current = next(version for version, stages in versions.items() if "AWSCURRENT" in stages)
        client.update_secret_version_stage(
            SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current)
"""


def build(site):
    for bed, name in ((site.bed, "data"), (site.bed, "card-archive"), (site.far, "standby")):
        key = bed.kms.create_key(Description=f"payment {name}", Tags=[{"TagKey": "env", "TagValue": "production"}])["KeyMetadata"]
        bed.kms.create_alias(AliasName=f"alias/payment-prod-{name}", TargetKeyId=key["KeyId"])
        bed.kms.enable_key_rotation(KeyId=key["KeyId"])
        site.keys[name] = key


def secret(site, name, value, **arguments):
    """A secret that the platform reads."""
    client = site.bed.secretsmanager
    arn = client.create_secret(Name=name, SecretString=value, KmsKeyId=site.keys["data"]["Arn"], **arguments)["ARN"]
    client.get_secret_value(SecretId=arn)
    return arn


def settle(client, arn):
    """Clears away what a rotation left behind that did not end."""
    for version, stages in client.describe_secret(SecretId=arn)["VersionIdsToStages"].items():
        if "AWSPENDING" in stages:
            client.update_secret_version_stage(SecretId=arn, VersionStage="AWSPENDING", RemoveFromVersionId=version)


# ---------------------------------------------------------------- A6: rotation every 30 days


@fault("A6")
def rotation_that_never_ends(site):
    """T1 with functions on the host (T3); the dates are T3. The steps of the rotation function were never written."""
    bed, client = site.bed, site.bed.secretsmanager
    log_group(bed, f"/aws/lambda/{ROTATION}")
    rotates = function(site, ROTATION, EMPTY_STEPS, calls=3.0, errors=1.0)
    permit(site, ROTATION, Principal="secretsmanager.amazonaws.com", SourceAccount=site.account)
    bed.client("lambda").get_waiter("function_active_v2").wait(FunctionName=ROTATION, WaiterConfig={"Delay": 1})
    value = json.dumps({"username": "payment", "password": DATABASE_PASSWORD})
    arn = secret(site, "payment-prod/database", value, AddReplicaRegions=[{"Region": FAR}])
    rotate = {"SecretId": arn, "RotationLambdaARN": rotates, "RotationRules": {"AutomaticallyAfterDays": 30}}
    client.rotate_secret(**rotate)
    # The last good rotation was two months ago, and the one of a month ago is stuck.
    dates = {"LastRotatedDate": bed.now - 64 * DAY, "LastChangedDate": bed.now - 34 * DAY, "NextRotationDate": bed.now - 4 * DAY}
    bed.rule("secretsmanager", "DescribeSecret", region=HOME, match={"SecretId": arn}, set=dates)
    listed = {f"SecretList[ARN={arn}].{name}": value for name, value in dates.items()}
    bed.rule("secretsmanager", "ListSecrets", region=HOME, set=listed)
    bed.rule("secretsmanager", "ListSecretVersionIds", match={"SecretId": arn}, set={"Versions[].CreatedDate": bed.now - 34 * DAY})
    told(bed, arn, "RotationSucceeded", 64, "")
    told(bed, arn, "RotationFailed", 4, "Pending secret version was not created by Lambda " + rotates)

    def repair():
        bed.client("lambda").update_function_code(FunctionName=ROTATION, ZipFile=package(REAL_STEPS))
        bed.client("lambda").get_waiter("function_updated_v2").wait(FunctionName=ROTATION, WaiterConfig={"Delay": 1})
        settle(client, arn)
        client.rotate_secret(**rotate)

    return [
        fails("secretsmanager/rotation_not_happening", arn, "stuck_pending"),
        fails("secretsmanager/rotation_attempt_failed", arn, "rotation_failed"),
        # The private subnets have no way out (A5).
        fails("secretsmanager/rotation_function_cut_off", arn, "no_path_to_endpoint"),
    ], repair


def told(bed, secret, name, days, message):
    """What Secrets Manager told CloudTrail of a rotation: it tells by itself, for no call that is made here."""
    detail = {"eventSource": "secretsmanager.amazonaws.com", "eventName": name, "eventType": "AwsServiceEvent"}
    detail.update(additionalEventData={"SecretId": secret}, **({"errorMessage": message} if message else {}))
    event = {"EventId": f"{name}-{days}", "EventName": name, "EventTime": bed.now - days * DAY, "CloudTrailEvent": json.dumps(detail)}
    wanted = [{"AttributeKey": "EventName", "AttributeValue": name}]
    bed.rule("cloudtrail", "LookupEvents", region=HOME, match={"LookupAttributes": wanted}, answer={"Events": [event]})


@fault("A6")
def rotation_that_does_nothing(site):
    """T1 with functions on the host (T3); the dates are T3. Each step says that it went well, and the token is that of the first day."""
    bed, client, name = site.bed, site.bed.secretsmanager, "payment-prod-ledger-rotation"
    site.roles[name] = site.roles[ROTATION]
    log_group(bed, f"/aws/lambda/{name}", 365)
    rotates = function(site, name, NO_STEPS, calls=4.0)
    permit(site, name, Principal="secretsmanager.amazonaws.com", SourceAccount=site.account)
    bed.client("lambda").get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    arn = secret(site, "payment-prod/ledger-token", LEDGER_TOKEN)
    rotate = {"SecretId": arn, "RotationLambdaARN": rotates, "RotationRules": {"AutomaticallyAfterDays": 30}}
    client.rotate_secret(**rotate)
    settle(client, arn)
    dates = {"LastRotatedDate": bed.now - 3 * DAY, "NextRotationDate": bed.now + 27 * DAY}
    bed.rule("secretsmanager", "ListSecrets", region=HOME, set={f"SecretList[ARN={arn}].{key}": value for key, value in dates.items()})
    bed.rule("secretsmanager", "ListSecretVersionIds", match={"SecretId": arn}, set={"Versions[].CreatedDate": bed.now - 99 * DAY})

    def repair():
        bed.client("lambda").update_function_code(FunctionName=name, ZipFile=package(REAL_STEPS))
        bed.client("lambda").get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        client.rotate_secret(**rotate)

    return [
        fails("secretsmanager/rotation_changes_nothing", arn, "noop_rotation"),
        fails("secretsmanager/rotation_function_cut_off", arn, "no_path_to_endpoint"),
    ], repair


@fault("A7")
def rotation_logs_for_ever(site):
    """T1. Lambda made the group itself, and set nothing."""
    group = f"/aws/lambda/{ROTATION}"

    def repair():
        site.bed.logs.put_retention_policy(logGroupName=group, retentionInDays=365)

    return [fails("logs/group_never_expires", site.bed.arn("logs", f"log-group:{group}"), "never_expires")], repair


@fault()
def provider_key_never_changes(site):
    """T1. The key of the payment provider's API, typed in by hand on the first day."""
    arn = secret(site, "payment-prod/provider-api-key", PROVIDER_KEY)

    def repair():
        rotates = site.bed.arn("lambda", f"function:{ROTATION}")
        rules = {"RotationLambdaARN": rotates, "RotationRules": {"AutomaticallyAfterDays": 30}}
        site.bed.secretsmanager.rotate_secret(SecretId=arn, **rules)

    return [fails("secretsmanager/rotation_off", arn, "rotation_never")], repair


# ---------------------------------------------------------------- first day: keys


@fault()
def key_without_rotation(site):
    """T1."""
    key, kms = site.keys["data"], site.bed.kms
    kms.disable_key_rotation(KeyId=key["KeyId"])

    def repair():
        kms.enable_key_rotation(KeyId=key["KeyId"])

    return [fails("kms/key_rotation_off", key["Arn"], "off")], repair


@fault()
def archive_key_about_to_go(site):
    """T1. Somebody tidied up: without this key the archive of card data is noise."""
    key, kms = site.keys["card-archive"], site.bed.kms
    kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)

    def repair():
        kms.cancel_key_deletion(KeyId=key["KeyId"])
        kms.enable_key(KeyId=key["KeyId"])

    return [fails("kms/key_pending_deletion", key["Arn"], "pending_deletion")], repair
