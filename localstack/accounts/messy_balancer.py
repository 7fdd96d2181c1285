"""Load balancers and certificates that look wrong and are in order."""

import payment_network
from lib import DAY
from payment_balancer import TO_HTTPS, alias, certificate, certificate_is, renewal, self_signed

ZONE = "shop.example.org"
FOR_LATER = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
CLOUDFRONT = "pl-3b927c52"


def build(site):
    bed = site.bed
    vpc = site.vpcs["shop"] = payment_network.Vpc(bed, "shop/Vpc", "10.60", "ab", ("Public", "Isolated"))
    bed.close_default_group(vpc.id)
    payment_network.flow_log(site, vpc, "/shop/vpc-flow-logs")
    site.zone = bed.route53.create_hosted_zone(Name=ZONE, CallerReference=f"shop-{site.account}")["HostedZone"]["Id"]
    settings = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "shop"}
    acl = bed.wafv2.create_web_acl(Name="shop", Scope="REGIONAL", DefaultAction={"Allow": {}}, Rules=[], VisibilityConfig=settings)
    site.web_acl, site.unguarded = acl["Summary"]["ARN"], set()
    # moto does not know the policies of 2025 yet: one of its own takes the name of one.
    policy = "SslPolicies[Name=ELBSecurityPolicy-TLS13-1-3-2021-06].Name"
    bed.rule("elbv2", "DescribeSSLPolicies", lasting=True, set={policy: FOR_LATER})
    web = bed.group(vpc.id, "shop-web", ("0.0.0.0/0", "tcp", 443, 443), ("0.0.0.0/0", "tcp", 80, 80))
    shop(site, vpc, web)
    apex(site, vpc, web)
    behind_cloudfront(site, vpc)
    internal(site, vpc)


def made(site, vpc, name, kind="application", scheme="internet-facing", subnets="Public", **more):
    ids = [vpc.subnets[subnets, zone] for zone in vpc.zones]
    told = site.bed.elbv2.create_load_balancer(Name=name, Type=kind, Scheme=scheme, Subnets=ids, **more)["LoadBalancers"][0]
    return told["LoadBalancerArn"]


def listens(site, balancer, protocol, port, action, **more):
    wanted = {"LoadBalancerArn": balancer, "Protocol": protocol, "Port": port, "DefaultActions": [action], **more}
    return site.bed.elbv2.create_listener(**wanted)["Listeners"][0]["ListenerArn"]


def targets(site, vpc, name, protocol="HTTP", port=8080):
    group = site.bed.elbv2.create_target_group(Name=name, VpcId=vpc.id, Protocol=protocol, Port=port, TargetType="ip")
    return {"Type": "forward", "TargetGroupArn": group["TargetGroups"][0]["TargetGroupArn"]}


def shop(site, vpc, group):
    """T2, dates T3. For elbv2/listener_certificate_bad, acm/certificate_bad, elbv2/listener_name_mismatch, elbv2/listener_tls_legacy:
    a certificate near its end that ACM renews, an imported one far from it, one for all names, and a policy that is in no old list."""
    balancer, forward = made(site, vpc, "shop", SecurityGroups=[group]), targets(site, vpc, "shop")
    wild = certificate(site, f"*.{ZONE}")
    soon = certificate(site, ZONE)
    certificate_is(site, soon, lasting=True, NotAfter=site.bed.now + 20 * DAY, RenewalSummary=renewal(site, "PENDING_AUTO_RENEWAL"))
    body, key = self_signed(f"pay.{ZONE}", -30, 335)
    bought = site.bed.acm.import_certificate(Certificate=body.encode(), PrivateKey=key.encode())["CertificateArn"]
    certificate_is(site, bought, lasting=True, NotAfter=site.bed.now + 335 * DAY, RenewalEligibility="INELIGIBLE")
    shown = {"SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06", "Certificates": [{"CertificateArn": wild}]}
    secure = listens(site, balancer, "HTTPS", 443, forward, **shown)
    site.bed.rule("elbv2", "DescribeListeners", lasting=True, set={f"Listeners[ListenerArn={secure}].SslPolicy": FOR_LATER})
    site.bed.elbv2.add_listener_certificates(ListenerArn=secure, Certificates=[{"CertificateArn": soon}, {"CertificateArn": bought}])
    listens(site, balancer, "HTTP", 80, TO_HTTPS)
    for name in (f"www.{ZONE}", f"pay.{ZONE}", ZONE):
        alias(site, name, balancer)


def apex(site, vpc, group):
    """T2. For elbv2/listener_plaintext: there is no HTTPS here, and everybody is sent to where there is."""
    away = {"Type": "redirect", "RedirectConfig": {**TO_HTTPS["RedirectConfig"], "Host": f"www.{ZONE}"}}
    listens(site, made(site, vpc, "shop-redirect", SecurityGroups=[group]), "HTTP", 80, away)


def behind_cloudfront(site, vpc):
    """T2; the prefix list is T3. For wafv2/load_balancer_unprotected: only CloudFront comes in, which has the web ACL before it."""
    bed = site.bed
    lists = [{"PrefixListId": CLOUDFRONT, "PrefixListName": "com.amazonaws.global.cloudfront.origin-facing", "OwnerId": "AWS",
              "State": "create-complete", "AddressFamily": "IPv4"}]  # fmt: skip
    bed.rule("ec2", "DescribeManagedPrefixLists", region=bed.region, lasting=True, answer={"PrefixLists": lists})
    group = bed.group(vpc.id, "shop-origin")
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": CLOUDFRONT}]}
    bed.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    balancer = made(site, vpc, "shop-origin", SecurityGroups=[group])
    site.unguarded.add(balancer)
    shown = [{"CertificateArn": certificate(site, f"origin.{ZONE}")}]
    policy = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
    listens(site, balancer, "HTTPS", 443, targets(site, vpc, "shop-origin"), SslPolicy=policy, Certificates=shown)
    alias(site, f"origin.{ZONE}", balancer)


def internal(site, vpc):
    """T2. For elbv2/listener_plaintext and elbv2/listener_tls_legacy: TLS passes through to the targets, and names are asked by UDP."""
    through = made(site, vpc, "shop-ledger", "network", "internal", "Isolated")
    listens(site, through, "TCP", 443, targets(site, vpc, "shop-ledger", "TCP", 443))
    names = made(site, vpc, "shop-names", "network", "internal", "Isolated")
    listens(site, names, "UDP", 53, targets(site, vpc, "shop-names", "UDP", 53))
