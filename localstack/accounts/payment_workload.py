"""The payment platform's functions, their logs, and the API in front of them."""

import io
import time
import zipfile

from lib import DAY
from payment_certificates import authority
from payment_site import HOME, SIGNING_KEY, fails, fault
from payment_storage import bucket

WORKLOAD = {"workload": "payment-prod"}
SEVEN_YEARS = 2557  # CloudWatch Logs knows no 2555.
HANDLER = "def handler(event, context):\n    print('payment', event)\n    return {'statusCode': 200}\n"
FUNCTIONS = ("payment-prod-authorize", "payment-prod-capture")
DOMAIN = "api.payments.example.com"


def build(site):
    bed = site.bed
    tags = {**WORKLOAD, "data": "audit"}
    log_group(bed, "/payment/prod/api-access", SEVEN_YEARS, **tags)
    role = [{"op": "replace", "path": "/cloudwatchRoleArn", "value": site.roles["payment-prod-api-logs"]}]
    bed.apigateway.update_account(patchOperations=role)
    site.api = rest_api(site, "payment-prod-api", "payments", mtls="required")
    access_log(site, site.api, "/payment/prod/api-access")
    for name in FUNCTIONS:
        log_group(bed, f"/aws/lambda/{name}", SEVEN_YEARS, **WORKLOAD)
        function(site, name)
        permit(site, name, Principal="apigateway.amazonaws.com", SourceArn=bed.arn("execute-api", f"{site.api}/prod/*"))


def log_group(bed, name, days=None, **tags):
    """A log group that receives something every day."""
    bed.logs.create_log_group(logGroupName=name, **({"tags": tags} if tags else {}))
    if days:
        bed.logs.put_retention_policy(logGroupName=name, retentionInDays=days)
    daily(bed, "AWS/Logs", "IncomingBytes", 48_000.0, LogGroupName=name)


def daily(bed, namespace, metric, value, **dimensions):
    """CloudWatch counted something every day of two weeks."""
    dimensions = [{"Name": name, "Value": of} for name, of in dimensions.items()]
    times = [bed.now - day * DAY - 3600 for day in range(14)]
    data = [{"MetricName": metric, "Dimensions": dimensions, "Timestamp": time, "Value": value} for time in times]
    bed.cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)


def package(code):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("app.py"), code)
    return out.getvalue()


def function(site, name, code=HANDLER, calls=1_200.0, errors=0.0, **arguments):
    """A function that is invoked every day."""
    bed, vpc = site.bed, site.vpcs["main"]
    arguments.setdefault("Environment", {"Variables": {"LOG_LEVEL": "INFO", "DATABASE_SECRET": "payment-prod/database"}})
    subnets = {"SubnetIds": [vpc.subnets["Private", zone] for zone in "abc"], "SecurityGroupIds": [site.database_group]}
    made = bed.client("lambda").create_function(
        FunctionName=name, Runtime="python3.13", Handler="app.handler", Role=site.roles[name], Code={"ZipFile": package(code)},
        Timeout=15, MemorySize=256, VpcConfig=subnets, Tags={**WORKLOAD, "env": "production"}, **arguments,
    )  # fmt: skip
    daily(bed, "AWS/Lambda", "Invocations", calls, FunctionName=name)
    daily(bed, "AWS/Lambda", "Errors", errors, FunctionName=name)
    return made["FunctionArn"]


def permit(site, name, sid="invoke", **who):
    site.bed.client("lambda").add_permission(FunctionName=name, StatementId=sid, Action="lambda:InvokeFunction", **who)


def rest_api(site, name, path, kind="REGIONAL", **tags):
    """A REST API with one method and one stage."""
    api = site.bed.apigateway
    made = api.create_rest_api(name=name, endpointConfiguration={"types": [kind]}, tags={"env": "production", **tags})["id"]
    root = api.get_resources(restApiId=made)["items"][0]["id"]
    resource = api.create_resource(restApiId=made, parentId=root, pathPart=path)["id"]
    method = {"restApiId": made, "resourceId": resource, "httpMethod": "POST"}
    api.put_method(**method, authorizationType="AWS_IAM")
    api.put_integration(**method, type="MOCK")
    deployment = api.create_deployment(restApiId=made)["id"]
    api.create_stage(restApiId=made, stageName="prod", deploymentId=deployment)
    return made


def access_log(site, api, group):
    place = {"op": "replace", "path": "/accessLogSettings/destinationArn", "value": site.bed.arn("logs", f"log-group:{group}")}
    form = {"op": "replace", "path": "/accessLogSettings/format", "value": '{"requestId":"$context.requestId"}'}
    site.bed.apigateway.update_stage(restApiId=api, stageName="prod", patchOperations=[place, form])


def close(site, api):
    """Disables an API's default endpoint and deploys it, without which that has no effect."""
    gateway = site.bed.apigateway
    gateway.update_rest_api(restApiId=api, patchOperations=[{"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "True"}])
    live = {"op": "replace", "path": "/deploymentId", "value": gateway.create_deployment(restApiId=api)["id"]}
    # Both moments are told to the second.
    time.sleep(1.1)
    gateway.update_stage(restApiId=api, stageName="prod", patchOperations=[live])


def api_arn(rest):
    """API Gateway's ARNs name no account."""
    return f"arn:aws:apigateway:{HOME}::/{rest}"


def group_arn(site, name):
    return site.bed.arn("logs", f"log-group:{name}")


# ---------------------------------------------------------------- A7: logs for seven years


@fault("A7")
def functions_forget_after_a_week(site):
    """T1. The API's group keeps what happened for seven years, the functions' groups for seven days."""
    groups = [f"/aws/lambda/{name}" for name in FUNCTIONS]
    for group in groups:
        site.bed.logs.put_retention_policy(logGroupName=group, retentionInDays=7)

    def repair():
        for group in groups:
            site.bed.logs.put_retention_policy(logGroupName=group, retentionInDays=SEVEN_YEARS)

    return [
        *(fails("logs/group_retention_too_short", group_arn(site, group), "too_short") for group in groups),
        *(fails("logs/workload_retention_inconsistent", group_arn(site, group), "inconsistent") for group in groups),
    ], repair


@fault("A7")
def settlement_logs_to_nowhere(site):
    """T1. The function was told to log to a group that nobody made, and is invoked all day long."""
    name, group = "payment-prod-settle", "/payment/prod/settle"
    variables = {"LOG_LEVEL": "INFO", "PROVIDER_WEBHOOK_SECRET": SIGNING_KEY}
    arn = function(site, name, LoggingConfig={"LogFormat": "JSON", "LogGroup": group}, Environment={"Variables": variables})
    permit(site, name, Principal="events.amazonaws.com", SourceArn=site.bed.arn("events", "rule/payment-prod-settle"))

    def repair():
        log_group(site.bed, group, SEVEN_YEARS, **WORKLOAD)

    return [fails("lambda/function_logs_missing", arn, "log_group_missing")], repair


@fault("A7")
def refunds_are_logged_no_more(site):
    """T1. Requests are answered all day long, the group is there and keeps all for seven years, and nothing has come in for weeks."""
    bed, name, group = site.bed, "payment-prod-refunds", "/payment/prod/refund-access"
    bed.logs.create_log_group(logGroupName=group, tags={**WORKLOAD, "data": "audit"})
    bed.logs.put_retention_policy(logGroupName=group, retentionInDays=SEVEN_YEARS)
    api = rest_api(site, name, "refunds")
    access_log(site, api, group)
    daily(bed, "AWS/ApiGateway", "Count", 300.0, ApiName=name, Stage="prod")

    def repair():
        daily(bed, "AWS/Logs", "IncomingBytes", 48_000.0, LogGroupName=group)

    return [fails("apigateway/stage_logs_missing", api_arn(f"restapis/{api}/stages/prod"), "not_ingesting")], repair


# ---------------------------------------------------------------- the API: trust store, second door, logs


@fault("A3")
def trust_store_is_gone(site):
    """T1; mutual TLS on the domain is T3. Whoever takes the bucket's name decides which clients the API accepts."""
    api = site.bed.apigateway
    certificate = site.bed.acm.request_certificate(DomainName=DOMAIN, ValidationMethod="DNS")["CertificateArn"]
    api.create_domain_name(
        domainName=DOMAIN, regionalCertificateArn=certificate, endpointConfiguration={"types": ["REGIONAL"]},
        securityPolicy="TLS_1_2", mutualTlsAuthentication={"truststoreUri": f"s3://payment-truststore-{site.env}/clients.pem"},
    )  # fmt: skip
    api.create_base_path_mapping(domainName=DOMAIN, restApiId=site.api, stage="prod")

    def repair():
        name = bucket(site, site.safe("payment-truststore"))
        clients = authority("Example Clients CA", site.bed.now - 300 * DAY, site.bed.now + 3000 * DAY)
        site.bed.s3.put_object(Bucket=name, Key="clients.pem", Body=clients.encode())
        place = {"op": "replace", "path": "/mutualTlsAuthentication/truststoreUri", "value": f"s3://{name}/clients.pem"}
        api.update_domain_name(domainName=DOMAIN, patchOperations=[place])

    domain = api_arn(f"domainnames/{DOMAIN}")
    return [
        fails("s3/bucket_reference_dangling", domain, "dangling_claimable"),
        fails("apigateway/mutual_tls_not_working", domain, "truststore_missing"),
    ], repair


@fault("A3")
def second_door(site):
    """T1. The domain asks clients for a certificate; the API's own endpoint asks for nothing."""

    def repair():
        close(site, site.api)

    return [fails("apigateway/rest_api_default_endpoint_open", api_arn(f"restapis/{site.api}"), "execute_api_bypass")], repair


@fault()
def webhooks_without_logs(site):
    """T1."""
    api, group = rest_api(site, "payment-prod-webhooks", "webhooks"), "/payment/prod/webhook-access"

    def repair():
        log_group(site.bed, group, SEVEN_YEARS, **WORKLOAD)
        access_log(site, api, group)

    return [fails("apigateway/stage_logs_off", api_arn(f"restapis/{api}/stages/prod"), "logs_off")], repair


@fault()
def anyone_may_authorize(site):
    """T1. A permission for a partner's account, in which the account was left out."""
    name, client = FUNCTIONS[0], site.bed.client("lambda")
    permit(site, name, "partner", Principal="*")
    resource = site.bed.arn("lambda", f"function:{name}")

    def repair():
        client.remove_permission(FunctionName=name, StatementId="partner")

    return [fails("lambda/function_open_to_anyone", resource, "open_to_anyone")], repair
