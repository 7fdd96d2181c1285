"""Mutual TLS, rotation and logs that look wrong and are not."""

import json

from lib import DAY
from payment_certificates import authority
from payment_secrets import REAL_STEPS
from payment_site import HOME, LEDGER_TOKEN, unknown
from payment_storage import bucket
from payment_workload import SEVEN_YEARS, access_log, close, daily, log_group, package, rest_api

CLIENTS = "clients.messy.example.com"
HOOKS = "hooks.messy.example.com"


def build(site):
    role = [{"op": "replace", "path": "/cloudwatchRoleArn", "value": site.roles["payment-prod-api-logs"]}]
    site.bed.apigateway.update_account(patchOperations=role)
    store = trust_store(site)
    closed_api(site, store)
    hooks(site, store)
    private_api(site)
    open_on_purpose(site)
    key = site.bed.kms.create_key(Description="messy secrets")["KeyMetadata"]
    site.bed.kms.enable_key_rotation(KeyId=key["KeyId"])
    rotated(site, key)
    managed(site, key)
    cannot_say = never_invoked(site)
    passing_on(site)
    return [cannot_say]


def trust_store(site):
    """T1. apigateway/trust_store_too_wide: an authority of the team's own, though a list of names has one like it."""
    name = bucket(site, site.safe("messy-truststore"))
    pem = authority("Amazon Marketplace Sellers Root", site.bed.now - 300 * DAY, site.bed.now + 3000 * DAY)
    version = site.bed.s3.put_object(Bucket=name, Key="clients.pem", Body=pem.encode())["VersionId"]
    return {"truststoreUri": f"s3://{name}/clients.pem", "truststoreVersion": version}


def logged_api(site, name, **how):
    made, group = rest_api(site, name, name, **how), f"/messy/{name}-access"
    log_group(site.bed, group, SEVEN_YEARS)
    access_log(site, made, group)
    return made


def closed_api(site, store):
    """T1. apigateway/rest_api_default_endpoint_open: behind mutual TLS, closed, and deployed since."""
    made = logged_api(site, "messy-clients", mtls="required")
    close(site, made)
    certificate = site.bed.acm.request_certificate(DomainName=CLIENTS, ValidationMethod="DNS")["CertificateArn"]
    site.bed.apigateway.create_domain_name(
        domainName=CLIENTS, regionalCertificateArn=certificate, endpointConfiguration={"types": ["REGIONAL"]}, securityPolicy="TLS_1_2",
        mutualTlsAuthentication=store,
    )  # fmt: skip
    site.bed.apigateway.create_base_path_mapping(domainName=CLIENTS, restApiId=made, stage="prod")


def hooks(site, store):
    """T2. apigateway/http_api_default_endpoint_open: an HTTP API behind mutual TLS, closed, which deploys by itself."""
    gateway, group = site.bed.apigatewayv2, "/messy/hooks-access"
    log_group(site.bed, group, SEVEN_YEARS)
    made = gateway.create_api(Name="messy-hooks", ProtocolType="HTTP", DisableExecuteApiEndpoint=True, Tags={"mtls": "required"})["ApiId"]
    log = {"DestinationArn": site.bed.arn("logs", f"log-group:{group}"), "Format": '{"requestId":"$context.requestId"}'}
    gateway.create_stage(ApiId=made, StageName="$default", AutoDeploy=True, AccessLogSettings=log)
    certificate = site.bed.acm.request_certificate(DomainName=HOOKS, ValidationMethod="DNS")["CertificateArn"]
    configuration = {"CertificateArn": certificate, "EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"}
    tls = {"TruststoreUri": store["truststoreUri"], "TruststoreVersion": store["truststoreVersion"]}
    gateway.create_domain_name(DomainName=HOOKS, DomainNameConfigurations=[configuration], MutualTlsAuthentication=tls)
    gateway.create_api_mapping(DomainName=HOOKS, ApiId=made, Stage="$default")


def private_api(site):
    """T1. apigateway/rest_api_mutual_tls_missing: tagged as its neighbours are, and reached from its VPC only."""
    logged_api(site, "messy-private", kind="PRIVATE", mtls="required")


def open_on_purpose(site):
    """T1. apigateway/rest_api_mutual_tls_missing: nobody agreed on certificates, and the default endpoint is its front door."""
    logged_api(site, "messy-public")


def rotated(site, key):
    """T1 with functions on the host (T3). secretsmanager/rotation_not_happening: AWSPENDING stays on the current version after success.

    Its function is a few lines long, in no VPC, and makes a new version: secretsmanager/rotation_changes_nothing, rotation_function_cut_off.
    """
    client, functions, name = site.bed.secretsmanager, site.bed.client("lambda"), "messy-rotation"
    log_group(site.bed, f"/aws/lambda/{name}", 365)
    function = functions.create_function(
        FunctionName=name, Runtime="python3.13", Handler="app.handler", Role=site.roles["payment-prod-database-rotation"],
        Code={"ZipFile": package(REAL_STEPS)}, Timeout=15,
    )["FunctionArn"]  # fmt: skip
    functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    functions.add_permission(
        FunctionName=name, StatementId="rotate", Action="lambda:InvokeFunction", Principal="secretsmanager.amazonaws.com",
        SourceAccount=site.account,
    )  # fmt: skip
    daily(site.bed, "AWS/Lambda", "Invocations", 4.0, FunctionName=name)
    daily(site.bed, "AWS/Lambda", "Errors", 0.0, FunctionName=name)
    arn = client.create_secret(Name="messy/token", SecretString=LEDGER_TOKEN, KmsKeyId=key["Arn"])["ARN"]
    client.get_secret_value(SecretId=arn)
    client.rotate_secret(SecretId=arn, RotationLambdaARN=function, RotationRules={"AutomaticallyAfterDays": 30})


def managed(site, key):
    """T1; who owns it and its dates are T3. secretsmanager/rotation_not_happening: RDS rotates its own secret, without a function.

    CloudTrail tells of a failure before the success: secretsmanager/rotation_attempt_failed.
    """
    bed, client = site.bed, site.bed.secretsmanager
    arn = client.create_secret(Name="rds-db-messy", SecretString=LEDGER_TOKEN, KmsKeyId=key["Arn"])["ARN"]
    client.get_secret_value(SecretId=arn)
    facts = {"OwningService": "rds", "RotationEnabled": True, "RotationRules": {"AutomaticallyAfterDays": 7}}
    facts.update(LastRotatedDate=bed.now - 2 * DAY, NextRotationDate=bed.now + 5 * DAY)
    bed.rule("secretsmanager", "ListSecrets", region=HOME, set={f"SecretList[ARN={arn}].{name}": value for name, value in facts.items()})
    for name, days in (("RotationFailed", 3), ("RotationSucceeded", 2)):
        detail = json.dumps({"eventName": name, "additionalEventData": {"SecretId": arn}})
        event = {"EventId": f"messy-{name}", "EventName": name, "EventTime": bed.now - days * DAY, "CloudTrailEvent": detail}
        wanted = [{"AttributeKey": "EventName", "AttributeValue": name}]
        bed.rule("cloudtrail", "LookupEvents", region=HOME, match={"LookupAttributes": wanted}, answer={"Events": [event]})


def never_invoked(site):
    """T1. lambda/function_logs_missing: Lambda makes the group with the first invocation, and there was none. Unknown, not a finding."""
    made = site.bed.client("lambda").create_function(
        FunctionName="messy-disaster-recovery", Runtime="python3.13", Handler="app.handler", Role=site.roles["payment-prod-settle"],
        Code={"ZipFile": package("def handler(event, context):\n    return None\n")}, Timeout=15,
    )  # fmt: skip
    return unknown("lambda/function_logs_missing", made["FunctionArn"], "never_invoked")


def passing_on(site):
    """T1; the class is T3. logs/group_never_expires: a group of the class that keeps nothing has no retention."""
    name = "/messy/delivery"
    site.bed.logs.create_log_group(logGroupName=name)
    site.bed.rule("logs", "DescribeLogGroups", set={f"logGroups[logGroupName={name}].logGroupClass": "DELIVERY"})
