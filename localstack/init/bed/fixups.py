"""State that AWS shows and the emulators do not keep, or keep wrongly (tier T3): our reading of AWS, to be taken as no more.

- custom domain names keep `mutualTlsAuthentication` and `securityPolicy`, and can be updated;
- routes whose target is gone or stopped are `blackhole`;
- subnets tell that Block Public Access and DNS64 are off, and addresses of NAT gateways that they were assigned;
- VPC endpoints keep the version of their policy, and are gateways unless told;
- an instance's source/destination check is that of its first interface too;
- a NAT gateway's interface says what it is, is in use, and goes with the gateway; those of VPC endpoints say what they are;
- `LastRotatedDate` of a secret moves when a rotation ends, not when it begins;
- of AWS's own policies only those in use are in GetAccountAuthorizationDetails;
- the snapshots behind the emulator's catalogue of AMIs are not the account's, and only those that were made public are;
- a web ACL tells which load balancers and API stages it guards;
- the credential report has a line for the root user, who has neither a second factor nor access keys.
"""

import csv
import io
import json

from localstack.aws.api import CommonServiceException
from moto.backends import get_backend


def backend(service, context, region=None):
    regions = get_backend(service)[context.account_id]
    region = region or context.region
    return regions[region] if region in regions else regions["aws"]


# ---------------------------------------------------------------- calls that are answered here


def serve(context):
    own = OWN.get((context.service.service_name, context.operation.name))
    return own(context) if own else None


def _domains(context):
    from localstack.services.apigateway.models import apigateway_stores

    return apigateway_stores[context.account_id][context.region].domain_names


def _update_domain_name(context):
    request = context.service_request
    domain = _domains(context).get(request["domainName"])
    if domain is None:
        raise CommonServiceException("NotFoundException", "Invalid domain name identifier specified", status_code=404)
    for patch in request.get("patchOperations") or []:
        top, _, leaf = patch["path"].strip("/").partition("/")
        if patch["op"] == "remove" or patch.get("value") in (None, ""):
            if leaf == "truststoreVersion":
                domain.get(top, {}).pop(leaf, None)
            else:
                domain.pop(top, None)
        elif leaf and top != "endpointConfiguration":
            domain.setdefault(top, {})[leaf] = patch["value"]
        else:
            domain[top] = patch["value"]
    return domain


def _bucket_policy_status(context):
    from localstack.services.s3.models import s3_stores

    name = context.service_request["Bucket"]
    store = s3_stores[context.account_id][context.region]
    owner = store.global_bucket_map.get(name, context.account_id)
    bucket = store.buckets.get(name) or s3_stores[owner][context.region].buckets.get(name)
    if bucket is None:
        raise CommonServiceException("NoSuchBucket", "The specified bucket does not exist", status_code=404)
    if not bucket.policy:
        raise CommonServiceException("NoSuchBucketPolicy", "The bucket policy does not exist", status_code=404)
    anyone = ("*", {"AWS": "*"}, {"AWS": ["*"]})
    statements = json.loads(bucket.policy).get("Statement", [])
    public = any(one.get("Effect") == "Allow" and not one.get("Condition") and one.get("Principal") in anyone for one in statements)
    return {"PolicyStatus": {"IsPublic": public}}


def _drop_catalogue_snapshots(context):
    """moto makes a snapshot for each of its 1,100 AMIs, which on AWS are their publishers'. To render them takes seconds."""
    snapshots = backend("ec2", context).snapshots
    for snapshot in [one for one in snapshots.values() if (one.description or "").startswith("Auto-created snapshot for AMI")]:
        del snapshots[snapshot.id]


def _resources_for_web_acl(context):
    request = context.service_request
    acl = backend("wafv2", context).wacls.get(request["WebACLArn"])
    if acl is None:
        raise CommonServiceException("WAFNonexistentItemException", "AWS WAF could not find the resource")
    part = {"APPLICATION_LOAD_BALANCER": ":loadbalancer/app/", "API_GATEWAY": "::/restapis/"}
    wanted = part.get(request.get("ResourceType") or "APPLICATION_LOAD_BALANCER", "?")
    return {"ResourceArns": [arn for arn in acl.associated_resources if wanted in arn]}


OWN = {
    ("apigateway", "UpdateDomainName"): _update_domain_name,
    ("ec2", "DescribeSnapshots"): _drop_catalogue_snapshots,
    ("s3", "GetBucketPolicyStatus"): _bucket_policy_status,
    ("wafv2", "ListResourcesForWebACL"): _resources_for_web_acl,
}

# ---------------------------------------------------------------- answers that are mended


def mend(context, answer):
    """Changes an answer in place and says whether it did."""
    own = MENDERS.get((context.service.service_name, context.operation.name))
    return bool(own and own(context, answer))


def _mend_create_domain(context, answer):
    request = context.service_request or {}
    domain = _domains(context)[answer["domainName"]]
    domain["securityPolicy"] = request.get("securityPolicy") or "TLS_1_2"
    if (request.get("mutualTlsAuthentication") or {}).get("truststoreUri"):
        domain["mutualTlsAuthentication"] = dict(request["mutualTlsAuthentication"])
    answer.update(domain)
    return True


LAST_GOOD_ROTATION = {}  # (account, region, ARN) -> LastRotatedDate while no rotation was stuck


def _mend_secrets(context, answer):
    changed = False
    for secret in answer.get("SecretList") or [answer]:
        stages = secret.get("VersionIdsToStages") or secret.get("SecretVersionsToStages") or {}
        key = (context.account_id, context.region, secret.get("ARN"))
        if any("AWSPENDING" in names and "AWSCURRENT" not in names for names in stages.values()):
            if secret.pop("LastRotatedDate", None) is not None:
                changed = True
            if key in LAST_GOOD_ROTATION:
                secret["LastRotatedDate"] = LAST_GOOD_ROTATION[key]
                changed = True
        elif secret.get("LastRotatedDate"):
            LAST_GOOD_ROTATION[key] = secret["LastRotatedDate"]
    return changed


def _mend_routes(context, answer):
    changed = False
    ec2 = backend("ec2", context)
    for table in answer.get("RouteTables") or []:
        for route in table.get("Routes") or []:
            if _is_dead(ec2, route):
                route["State"] = "blackhole"
                changed = True
    return changed


def _is_dead(ec2, route):
    if nat := route.get("NatGatewayId"):
        gateway = ec2.nat_gateways.get(nat)
        return gateway is None or gateway.state not in ("available", "pending", "failed")
    if instance := route.get("InstanceId"):
        return not _is_running(ec2, instance)
    if interface := route.get("NetworkInterfaceId"):
        eni = ec2.enis.get(interface)
        return eni is None or eni.instance is None or not _is_running(ec2, eni.instance.id)
    gateway = route.get("GatewayId") or ""
    if gateway.startswith("igw-"):
        return gateway not in ec2.internet_gateways or not ec2.internet_gateways[gateway].vpc
    if gateway.startswith("vpce-"):
        return gateway not in ec2.vpc_end_points
    if peering := route.get("VpcPeeringConnectionId"):
        connection = ec2.vpc_pcxs.get(peering)
        return connection is None or connection._status.code != "active"
    if transit := route.get("TransitGatewayId"):
        return transit not in ec2.transit_gateways
    return False


def _is_running(ec2, instance_id):
    try:
        return ec2.get_instance(instance_id)._state.name == "running"
    except Exception:
        return False


def _mend_subnets(_context, answer):
    for subnet in answer.get("Subnets") or []:
        subnet.setdefault("BlockPublicAccessStates", {"InternetGatewayBlockMode": "off"})
        subnet.setdefault("EnableDns64", False)
    return True


def _mend_endpoints(context, answer):
    made = backend("ec2", context).vpc_end_points
    for endpoint in answer.get("VpcEndpoints") or []:
        endpoint["VpcEndpointType"] = endpoint.get("VpcEndpointType") or "Gateway"
        kept = made.get(endpoint["VpcEndpointId"])
        if kept and kept.policy_document != json.dumps(kept.DEFAULT_POLICY):
            # Only AWS's own policy has no version; the emulator takes it from all.
            endpoint["PolicyDocument"] = kept.policy_document
    return True


def _mend_nat_gateways(_context, answer):
    for gateway in answer.get("NatGateways") or []:
        if gateway.get("ConnectivityType") in (None, "None"):
            gateway["ConnectivityType"] = "public"
        for address in gateway.get("NatGatewayAddresses") or []:
            address.setdefault("Status", "succeeded")
    return True


def _mend_interfaces(context, answer):
    ec2 = backend("ec2", context)
    gateways = {gateway._eni.id: gateway for gateway in ec2.nat_gateways.values()}
    endpoints = {one: endpoint.id for endpoint in ec2.vpc_end_points.values() for one in endpoint.network_interface_ids or []}
    for interface in list(answer.get("NetworkInterfaces") or []):
        eni = ec2.enis.get(interface.get("NetworkInterfaceId"))
        gateway = gateways.get(interface.get("NetworkInterfaceId"))
        if gateway is not None and gateway.state == "deleted":
            answer["NetworkInterfaces"].remove(interface)
        elif gateway is not None:
            name = f"Interface for NAT Gateway {gateway.id}"
            interface.update(Description=name, InterfaceType="nat_gateway", Status="in-use", Groups=[], RequesterManaged=True)
        elif endpoint := endpoints.get(interface.get("NetworkInterfaceId")):
            name = f"VPC Endpoint Interface {endpoint}"
            interface.update(Description=name, InterfaceType="vpc_endpoint", Status="in-use", RequesterManaged=True)
        elif eni is not None and eni.instance is not None:
            interface["SourceDestCheck"] = str(eni.instance.source_dest_check).lower() == "true"
    return True


def _mend_authorization_details(_context, answer):
    boundaries = {
        (principal.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
        for principal in (answer.get("UserDetailList") or []) + (answer.get("RoleDetailList") or [])
    }
    policies = answer.get("Policies") or []
    for policy in policies:
        policy["PermissionsBoundaryUsageCount"] = int(policy.get("Arn") in boundaries)
    in_use = [one for one in policies if "::aws:policy/" not in one.get("Arn", "") or one.get("AttachmentCount") or one["Arn"] in boundaries]
    answer["Policies"] = in_use
    return True


def _mend_snapshots(context, answer):
    """moto does not ask who may restore a snapshot."""
    if "all" not in ((context.service_request or {}).get("RestorableByUserIds") or []):
        return False
    ec2, snapshots = backend("ec2", context), answer.get("Snapshots") or []
    answer["Snapshots"] = [one for one in snapshots if "all" in ec2.get_create_volume_permission_groups(one["SnapshotId"])]
    return True


def _mend_credential_report(context, answer):
    """The line of the root user comes first, as on AWS; what it does not tell about it is `not_supported`."""
    heads, *lines = csv.reader(io.StringIO(answer["Content"].decode()))
    root = {
        "user": "<root_account>",
        "arn": f"arn:{context.partition}:iam::{context.account_id}:root",
        "user_creation_time": "2020-01-01T00:00:00+00:00",
        "password_enabled": "not_supported",
        "password_last_used": "no_information",
        "password_last_changed": "not_supported",
        "password_next_rotation": "not_supported",
    }
    switches = {head: "false" for head in heads if head.endswith("_active")}
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([heads, [{**switches, **root}.get(head, "N/A") for head in heads], *lines])
    answer["Content"] = out.getvalue().encode()
    return True


MENDERS = {
    ("apigateway", "CreateDomainName"): _mend_create_domain,
    ("ec2", "DescribeNatGateways"): _mend_nat_gateways,
    ("ec2", "DescribeNetworkInterfaces"): _mend_interfaces,
    ("ec2", "DescribeRouteTables"): _mend_routes,
    ("ec2", "DescribeSnapshots"): _mend_snapshots,
    ("ec2", "DescribeSubnets"): _mend_subnets,
    ("ec2", "DescribeVpcEndpoints"): _mend_endpoints,
    ("iam", "GetAccountAuthorizationDetails"): _mend_authorization_details,
    ("iam", "GetCredentialReport"): _mend_credential_report,
    ("secretsmanager", "DescribeSecret"): _mend_secrets,
    ("secretsmanager", "ListSecrets"): _mend_secrets,
}
