"""What stands around the payment platform, and is in order: an HTTP API for notifications, a dashboard, deployments by federation."""

import json

from payment_site import HOME

ISSUER = "token.actions.githubusercontent.com"


def build(site):
    notifications(site)
    dashboard(site)
    deployments(site)


def notifications(site):
    """T2; the list of authorisers and how the domain routes are T3. An HTTP API behind a domain of its own."""
    api = site.bed.apigatewayv2
    made = api.create_api(Name="payment-prod-notifications", ProtocolType="HTTP", DisableExecuteApiEndpoint=True)["ApiId"]
    group = site.bed.arn("logs", "log-group:/payment/prod/api-access")
    settings = {"DestinationArn": group, "Format": '{"requestId":"$context.requestId"}'}
    api.create_stage(ApiId=made, StageName="prod", AutoDeploy=True, AccessLogSettings=settings)
    tokens = {"Audience": ["payments"], "Issuer": "https://login.example.com/"}
    authorizer = {"AuthorizerType": "JWT", "IdentitySource": ["$request.header.Authorization"], "Name": "tokens", "JwtConfiguration": tokens}
    known = api.create_authorizer(ApiId=made, **authorizer)["AuthorizerId"]
    # moto makes authorisers and does not list them.
    listed = {"Items": [{**authorizer, "AuthorizerId": known}]}
    site.bed.rule("apigatewayv2", "GetAuthorizers", lasting=True, match={"ApiId": made}, answer=listed)
    domain = "notify.payments.example.com"
    certificate = site.bed.acm.request_certificate(DomainName=domain, ValidationMethod="DNS")["CertificateArn"]
    place = {"CertificateArn": certificate, "EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"}
    api.create_domain_name(DomainName=domain, DomainNameConfigurations=[place])
    api.create_api_mapping(DomainName=domain, ApiId=made, Stage="prod")
    # moto has no routing rules; here there is none yet.
    mode = {f"Items[DomainName={domain}].RoutingMode": "ROUTING_RULE_THEN_API_MAPPING"}
    site.bed.rule("apigatewayv2", "GetDomainNames", lasting=True, set=mode)
    site.bed.rule("apigatewayv2", "ListRoutingRules", lasting=True, answer={"RoutingRules": []})


def dashboard(site):
    """T1."""
    metrics = [["AWS/Lambda", "Errors", "FunctionName", "payment-prod-authorize"]]
    widget = {"type": "metric", "width": 12, "height": 6, "properties": {"region": HOME, "metrics": metrics, "title": "Errors"}}
    site.bed.cloudwatch.put_dashboard(DashboardName="payment-prod", DashboardBody=json.dumps({"widgets": [widget]}))


def deployments(site):
    """T1. Deployments come from one branch of one repository, without a key."""
    iam = site.bed.iam
    provider = iam.create_open_id_connect_provider(
        Url=f"https://{ISSUER}", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["6938fd4d98bab03faadb97b34396831e3780aea1"]
    )["OpenIDConnectProviderArn"]
    who = {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": "repo:example/payments:ref:refs/heads/main"}
    trust = {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity"}
    trust["Condition"] = {"StringEquals": who}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName="payment-prod-deploy", AssumeRolePolicyDocument=document)
    allow = {"Effect": "Allow", "Action": "cloudformation:*", "Resource": f"arn:aws:cloudformation:*:{site.account}:stack/payment-prod*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_role_policy(RoleName="payment-prod-deploy", PolicyName="deploy", PolicyDocument=document)
