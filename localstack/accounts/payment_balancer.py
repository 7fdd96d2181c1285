"""The payment platform's front door: load balancers with TLS, their certificates and names, and the web ACL before them."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from lib import DAY
from payment_site import fails, fault
from payment_workload import DOMAIN, api_arn

ZONE = "payments.example.com"
TLS_1_2 = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
UNNAMED = "ELBSecurityPolicy-2016-08"  # What AWS takes where a template names none; moto takes nothing.
TO_HTTPS = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}


def build(site):
    """T2. One load balancer for the payment service; port 80 sends everybody to port 443."""
    bed, vpc = site.bed, site.vpcs["main"]
    site.zone = bed.route53.create_hosted_zone(Name=ZONE, CallerReference=f"payment-{site.account}")["HostedZone"]["Id"]
    site.balancer_group = bed.group(vpc.id, "payment-prod-balancer", ("0.0.0.0/0", "tcp", 443, 443), ("0.0.0.0/0", "tcp", 80, 80))
    site.certificate = certificate(site, f"pay.{ZONE}")
    made = bed.stack("payment-prod-balancer", {
        **balancer(site, "payment-prod", site.certificate),
        "Redirect": listener("HTTP", 80, TO_HTTPS),
    }, env="production")  # fmt: skip
    site.balancer, site.listener, site.redirect = made["Balancer"], made["Listener"], made["Redirect"]
    site.targets = made["Targets"]
    alias(site, f"pay.{ZONE}", site.balancer)
    settings = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "payment-prod"}
    acl = bed.wafv2.create_web_acl(Name="payment-prod", Scope="REGIONAL", DefaultAction={"Allow": {}}, Rules=[], VisibilityConfig=settings)
    site.web_acl, site.unguarded = acl["Summary"]["ARN"], set()


def finish(site):
    """T2; that a web ACL tells it is T3. The web ACL before all that is on the internet, but for what a fault left out."""
    bed = site.bed
    seen = [one["LoadBalancerArn"] for one in bed.elbv2.describe_load_balancers()["LoadBalancers"]]
    for api in bed.apigateway.get_rest_apis(limit=500)["items"]:
        stages = bed.apigateway.get_stages(restApiId=api["id"])["item"]
        seen += [f"arn:aws:apigateway:{bed.region}::/restapis/{api['id']}/stages/{stage['stageName']}" for stage in stages]
    for arn in seen:
        if arn not in site.unguarded and ":loadbalancer/net/" not in arn:
            bed.wafv2.associate_web_acl(WebACLArn=site.web_acl, ResourceArn=arn)


def balancer(site, name, shown, policy=TLS_1_2):
    """Resources of a stack: a load balancer with its targets and an HTTPS listener."""
    vpc = site.vpcs["main"]
    subnets = [vpc.subnets["Public", zone] for zone in "abc"]
    forward = {"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}}
    secure = listener("HTTPS", 443, forward, Certificates=[{"CertificateArn": shown}], SslPolicy=policy)
    targets = {"Name": name, "VpcId": vpc.id, "Protocol": "HTTP", "Port": 8080, "TargetType": "ip", "HealthCheckPath": "/health"}
    properties = {"Name": name, "Subnets": subnets, "SecurityGroups": [site.balancer_group], "Scheme": "internet-facing"}
    return {
        "Targets": {"Type": "AWS::ElasticLoadBalancingV2::TargetGroup", "Properties": targets},
        "Balancer": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": properties},
        "Listener": secure,
    }


def listener(protocol, port, action, **more):
    properties = {"LoadBalancerArn": {"Ref": "Balancer"}, "Protocol": protocol, "Port": port, "DefaultActions": [action], **more}
    return {"Type": "AWS::ElasticLoadBalancingV2::Listener", "Properties": properties}


def certificate(site, *names):
    wanted = {"DomainName": names[0], "SubjectAlternativeNames": list(names), "ValidationMethod": "DNS"}
    return site.bed.acm.request_certificate(**wanted)["CertificateArn"]


def certificate_is(site, arn, lasting=False, **facts):
    """T3. What AWS would say of a certificate by now."""
    told = {f"Certificate.{name}": value for name, value in facts.items()}
    site.bed.rule("acm", "DescribeCertificate", lasting=lasting, match={"CertificateArn": arn}, set=told)


def alias(site, name, balancer_arn, zone=None):
    """T1. A name that leads to a load balancer."""
    found = site.bed.elbv2.describe_load_balancers(LoadBalancerArns=[balancer_arn])["LoadBalancers"][0]
    target = {"HostedZoneId": found["CanonicalHostedZoneId"], "DNSName": f"dualstack.{found['DNSName']}", "EvaluateTargetHealth": True}
    change(site, {"Name": name, "Type": "A", "AliasTarget": target}, zone)


def change(site, record, zone=None):
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    site.bed.route53.change_resource_record_sets(HostedZoneId=zone or site.zone, ChangeBatch=batch)


def lead(site, domain):
    """T1. DNS takes clients of an API's own domain to it."""
    regional = site.bed.apigateway.get_domain_name(domainName=domain)["regionalDomainName"]
    change(site, {"Name": domain, "Type": "CNAME", "TTL": 300, "ResourceRecords": [{"Value": regional}]})


def self_signed(name, first_day, last_day):
    """A certificate and its key, both in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    day = lambda number: datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=number)  # noqa: E731
    made = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), day(first_day), day(last_day))
    names = x509.SubjectAlternativeName([x509.DNSName(name)])
    signed = made.add_extension(names, critical=False).sign(key, hashes.SHA256())
    form = serialization.PrivateFormat.PKCS8
    private = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return signed.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


# ---------------------------------------------------------------- A2: HTTPS that is none


@fault("A2")
def old_rule_before_the_redirect(site):
    """T2. The first version of the mobile app never learned HTTPS; its rule is tried before the redirect."""
    elb = site.bed.elbv2
    paths = [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/v1/*"]}}]
    action = [{"Type": "forward", "TargetGroupArn": site.targets}]
    rule = elb.create_rule(ListenerArn=site.redirect, Priority=10, Conditions=paths, Actions=action)["Rules"][0]["RuleArn"]

    def repair():
        elb.delete_rule(RuleArn=rule)

    return [fails("elbv2/listener_plaintext", site.redirect, "plaintext")], repair


@fault("A2")
def certificate_has_expired(site):
    """T2; the date is T3. Everything about the listener is right, and its certificate ran out on a weekend."""
    past = site.bed.now - 2 * DAY
    certificate_is(site, site.certificate, Status="EXPIRED", NotAfter=past, RenewalSummary=renewal(site, "FAILED"))
    return [
        fails("elbv2/listener_certificate_bad", site.listener, "cert_expired"),
        fails("acm/certificate_bad", site.certificate, "cert_expired"),
    ], None


def renewal(site, status):
    return {"RenewalStatus": status, "DomainValidationOptions": [], "UpdatedAt": site.bed.now - 40 * DAY}


@fault("A2")
def callbacks_wait_for_a_certificate(site):
    """T2; its state is T3. The port for banks' callbacks got a certificate whose name nobody proved."""
    waiting = certificate(site, f"pay.{ZONE}")
    forward = [{"Type": "forward", "TargetGroupArn": site.targets}]
    made = site.bed.elbv2.create_listener(
        LoadBalancerArn=site.balancer, Protocol="HTTPS", Port=8443, SslPolicy=TLS_1_2, Certificates=[{"CertificateArn": waiting}],
        DefaultActions=forward,
    )["Listeners"][0]["ListenerArn"]  # fmt: skip
    certificate_is(site, waiting, Status="PENDING_VALIDATION", NotAfter=None, NotBefore=None)
    return [
        fails("elbv2/listener_certificate_bad", made, "cert_pending_validation"),
        fails("acm/certificate_bad", waiting, "cert_pending_validation"),
    ], None


@fault("A2")
def partners_get_another_name(site):
    """T2; that it is impaired is T3. Copied from another team's template: its certificate, no TLS policy, no web ACL."""
    elb, name = site.bed.elbv2, f"portal.{ZONE}"
    made = site.bed.stack("payment-prod-partners", balancer(site, "payment-prod-partners", certificate(site, f"merchants.{ZONE}"), UNNAMED))
    alias(site, name, made["Balancer"])
    site.unguarded.add(made["Balancer"])
    impaired = {"Code": "active_impaired", "Reason": "a subnet has no free addresses"}
    site.bed.rule("elbv2", "DescribeLoadBalancers", set={f"LoadBalancers[LoadBalancerArn={made['Balancer']}].State": impaired})

    def repair():
        right = [{"CertificateArn": certificate(site, name)}]
        elb.modify_listener(ListenerArn=made["Listener"], Certificates=right, SslPolicy=TLS_1_2)
        site.unguarded.clear()

    return [
        fails("elbv2/listener_name_mismatch", made["Listener"], "name_mismatch"),
        fails("elbv2/listener_tls_legacy", made["Listener"], "tls_legacy"),
        fails("elbv2/load_balancer_impaired", made["Balancer"], "lb_active_impaired"),
        fails("wafv2/load_balancer_unprotected", made["Balancer"], "without_web_acl"),
    ], repair


@fault("A2")
def status_page_over_plain_http(site):
    """T2. Only for a week, until the certificate is there: two years ago."""
    resources = balancer(site, "payment-prod-status", "")
    resources["Listener"] = listener("HTTP", 80, {"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}})
    made = site.bed.stack("payment-prod-status", resources)
    alias(site, f"status.{ZONE}", made["Balancer"])

    def repair():
        elb, shown = site.bed.elbv2, [{"CertificateArn": certificate(site, f"status.{ZONE}")}]
        forward = [{"Type": "forward", "TargetGroupArn": made["Targets"]}]
        secure = {"Protocol": "HTTPS", "Port": 443, "SslPolicy": TLS_1_2, "Certificates": shown, "DefaultActions": forward}
        elb.create_listener(LoadBalancerArn=made["Balancer"], **secure)
        elb.modify_listener(ListenerArn=made["Listener"], DefaultActions=[TO_HTTPS])

    return [fails("elbv2/listener_plaintext", made["Listener"], "no_https")], repair


# ---------------------------------------------------------------- names and old certificates


@fault("A3")
def name_leads_to_the_old_gateway(site):
    """T1. The domain with mutual TLS is there, and DNS still takes clients to what was before."""
    old = [{"Value": "gateway.legacy-payments.example.net"}]
    change(site, {"Name": DOMAIN, "Type": "CNAME", "TTL": 300, "ResourceRecords": old})

    def repair():
        lead(site, DOMAIN)

    return [fails("apigateway/domain_dns_not_pointing", api_arn(f"domainnames/{DOMAIN}"), "dns_not_pointing")], repair


@fault()
def certificate_of_former_days(site):
    """T1; when it ends is T3. Uploaded to IAM before there was ACM, and forgotten there."""
    iam, name = site.bed.iam, "payment-shop-2019"
    body, key = self_signed(f"shop.{ZONE}", -400, -35)
    made = iam.upload_server_certificate(ServerCertificateName=name, CertificateBody=body, PrivateKey=key)
    arn = made["ServerCertificateMetadata"]["Arn"]
    ended = {f"ServerCertificateMetadataList[ServerCertificateName={name}].Expiration": site.bed.now - 35 * DAY}
    site.bed.rule("iam", "ListServerCertificates", set=ended)

    def repair():
        iam.delete_server_certificate(ServerCertificateName=name)

    return [fails("iam/server_certificate_expired", arn, "cert_expired")], repair
