"""The payment platform's partners: APIs that ask for certificates, the certificates that they trust, and the doors beside them."""

from lib import DAY
from payment_certificates import authority
from payment_site import fails, fault
from payment_storage import bucket
from payment_balancer import lead
from payment_workload import DOMAIN, SEVEN_YEARS, WORKLOAD, access_log, api_arn, close, log_group, rest_api

PARTNERS, OLD_NAME = "partners.payments.example.com", "legacy.payments.example.com"


def build(site):
    """An API for partners behind a domain with mutual TLS, its trust store pinned, and no other door."""
    api = site.bed.apigateway
    site.partners = partner_api(site, "payment-prod-partners", "partners")
    close(site, site.partners)
    site.trust = bucket(site, site.safe("payment-partner-trust"))
    version = trust(site, authority("Example Partner CA 2025", site.bed.now - 300 * DAY, site.bed.now + 3000 * DAY))
    certificate = site.bed.acm.request_certificate(DomainName=PARTNERS, ValidationMethod="DNS")["CertificateArn"]
    api.create_domain_name(
        domainName=PARTNERS, regionalCertificateArn=certificate, endpointConfiguration={"types": ["REGIONAL"]}, securityPolicy="TLS_1_2",
        mutualTlsAuthentication={"truststoreUri": f"s3://{site.trust}/partners.pem", "truststoreVersion": version},
    )  # fmt: skip
    api.create_base_path_mapping(domainName=PARTNERS, restApiId=site.partners, stage="prod")
    lead(site, PARTNERS)


def partner_api(site, name, path):
    """An API that says of itself that its clients have to show a certificate."""
    group = f"/payment/prod/{path}-access"
    log_group(site.bed, group, SEVEN_YEARS, **WORKLOAD)
    made = rest_api(site, name, path, mtls="required")
    access_log(site, made, group)
    return made


def trust(site, pem):
    """Writes the partners' trust store and returns its version."""
    return site.bed.s3.put_object(Bucket=site.trust, Key="partners.pem", Body=pem.encode())["VersionId"]


def use(site, version):
    pin = [{"op": "replace", "path": "/mutualTlsAuthentication/truststoreVersion", "value": version}]
    site.bed.apigateway.update_domain_name(domainName=PARTNERS, patchOperations=pin)


@fault("A3")
def plain_api(site):
    """T1. That partners show a certificate was agreed; the API that pays them out has no domain of its own and asks for nothing."""
    made = partner_api(site, "payment-prod-payouts", "payouts")

    def repair():
        site.bed.apigateway.create_base_path_mapping(domainName=PARTNERS, restApiId=made, stage="prod", basePath="payouts")
        close(site, made)

    return [fails("apigateway/rest_api_mutual_tls_missing", api_arn(f"restapis/{made}"), "mtls_not_configured")], repair


@fault("A3")
def authority_that_ended(site):
    """T1; mutual TLS on the domain is T3. All is set up as agreed, and one partner's authority ended a month ago, without a warning."""
    now = site.bed.now
    ended = authority("Example Partner CA 2021", now - 1500 * DAY, now - 30 * DAY)
    use(site, trust(site, ended + authority("Example Partner CA 2025", now - 300 * DAY, now + 3000 * DAY)))

    def repair():
        use(site, trust(site, authority("Example Partner CA 2026", now - DAY, now + 3000 * DAY)))

    return [fails("apigateway/mutual_tls_not_working", api_arn(f"domainnames/{PARTNERS}"), "ca_expired")], repair


@fault("A3")
def old_name_without_certificates(site):
    """T1. The name that was there before mutual TLS still leads to the same stage."""
    api = site.bed.apigateway
    certificate = site.bed.acm.request_certificate(DomainName=OLD_NAME, ValidationMethod="DNS")["CertificateArn"]
    api.create_domain_name(
        domainName=OLD_NAME, regionalCertificateArn=certificate, endpointConfiguration={"types": ["REGIONAL"]}, securityPolicy="TLS_1_2"
    )
    api.create_base_path_mapping(domainName=OLD_NAME, restApiId=site.api, stage="prod")
    lead(site, OLD_NAME)

    def repair():
        api.delete_base_path_mapping(domainName=OLD_NAME, basePath="(none)")
        api.delete_domain_name(domainName=OLD_NAME)
        site.bed.acm.delete_certificate(CertificateArn=certificate)

    return [fails("apigateway/mutual_tls_bypassed", api_arn(f"domainnames/{DOMAIN}"), "second_domain_bypass")], repair
