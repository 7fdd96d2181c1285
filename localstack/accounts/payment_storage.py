"""The payment platform's buckets: documents with a copy in the second region, audit logs, settlement files, statements."""

import json

from payment_site import FAR, HOME, fails, fault

CLOSED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)


def build(site):
    """Where access is logged to, and what CDK keeps its assets in."""
    for region in (HOME, FAR):
        bucket(site, logs(site, region), region, logged=False)
        bucket(site, f"cdk-hnb659fds-assets-{site.account}-{region}", region)


def logs(site, region):
    return site.safe("payment-access-logs", region)


def bucket(site, name, region=HOME, logged=True, statements=(), **tags):
    """A bucket in which everything is in order."""
    s3 = client(site, region)
    place = {} if region == HOME else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, **place)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=CLOSED)
    encryption = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [encryption]})
    abort = {"ID": "abort", "Status": "Enabled", "Filter": {"Prefix": ""}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [abort]})
    put_policy(s3, name, *statements)
    if logged:
        target = {"TargetBucket": logs(site, region), "TargetPrefix": f"{name}/"}
        s3.put_bucket_logging(Bucket=name, BucketLoggingStatus={"LoggingEnabled": target})
    tags = {"env": "production", **tags}
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]})
    return name


def put_policy(s3, name, *statements):
    arn = f"arn:aws:s3:::{name}"
    tls = {"Sid": "DenyWithoutTls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, f"{arn}/*"]}
    tls["Condition"] = {"Bool": {"aws:SecureTransport": "false"}}
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [tls, *statements]}))


def remove(site, name, region=HOME):
    """Deletes a bucket with all that is in it."""
    s3 = client(site, region)
    found = s3.list_object_versions(Bucket=name)
    for version in found.get("Versions", []) + found.get("DeleteMarkers", []):
        s3.delete_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])
    s3.delete_bucket(Bucket=name)


def client(site, region):
    return (site.bed if region == HOME else site.far).client("s3")


# ---------------------------------------------------------------- B3: names, and references to what is gone


@fault("B3")
def names_that_anybody_could_take(site):
    """T1. `payment-audit-logs-<env>`: no account id, no region, no random part."""
    stems = {"payment-audit-logs": {"data": "audit"}, "payment-settlement-files": {}, "payment-statements": {}}
    for stem, tags in stems.items():
        bucket(site, f"{stem}-{site.env}", **tags)

    def repair():
        # A bucket cannot be renamed.
        for stem, tags in stems.items():
            remove(site, f"{stem}-{site.env}")
            bucket(site, site.safe(stem), **tags)

    names = [f"arn:aws:s3:::{stem}-{site.env}" for stem in stems]
    return [fails("s3/bucket_name_predictable", name, "predictable") for name in names], repair


@fault("A4")
def replica_is_gone(site):
    """T1. The documents' copy in the second region was deleted; rule and role still name it, and anybody may take the name."""
    source, copy = f"payment-documents-{site.env}", f"payment-documents-replica-{site.env}"

    def replicate(source, copy):
        bucket(site, copy, FAR)
        bucket(site, source, replication="required")
        rule = {"ID": "all", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""}}
        rule.update(DeleteMarkerReplication={"Status": "Enabled"}, Destination={"Bucket": f"arn:aws:s3:::{copy}"})
        configuration = {"Role": site.roles["payment-prod-replication"], "Rules": [rule]}
        site.bed.s3.put_bucket_replication(Bucket=source, ReplicationConfiguration=configuration)
        site.bed.s3.put_object(Bucket=source, Key="2026/11/receipt-0001.pdf", Body=b"a receipt\n")
        arns = {"source": f"arn:aws:s3:::{source}", "copy": f"arn:aws:s3:::{copy}"}
        allow = [
            {"Effect": "Allow", "Action": ["s3:GetReplicationConfiguration", "s3:ListBucket"], "Resource": arns["source"]},
            {"Effect": "Allow", "Action": ["s3:GetObjectVersion*"], "Resource": f"{arns['source']}/*"},
            {"Effect": "Allow", "Action": ["s3:ReplicateObject", "s3:ReplicateDelete"], "Resource": f"{arns['copy']}/*"},
        ]
        document = json.dumps({"Version": "2012-10-17", "Statement": allow})
        site.bed.iam.put_role_policy(RoleName="payment-prod-replication", PolicyName="replicate", PolicyDocument=document)

    replicate(source, copy)
    remove(site, copy, FAR)

    def repair():
        remove(site, source)
        replicate(site.safe("payment-documents"), site.safe("payment-documents-replica", FAR))

    return [
        fails("s3/bucket_name_predictable", f"arn:aws:s3:::{source}", "predictable"),
        fails("s3/bucket_reference_dangling", f"arn:aws:s3:::{source}", "dangling_claimable"),
        fails("s3/bucket_reference_dangling", site.roles["payment-prod-replication"], "dangling_claimable"),
    ], repair


@fault()
def statements_for_everybody(site):
    """T1. Customers' statements, opened for a partner's web page."""
    name = f"payment-statements-{site.env}"
    site.bed.s3.delete_public_access_block(Bucket=name)
    read = {"Sid": "PartnerPortal", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
    put_policy(site.bed.s3, name, read)
    # The repair of the bucket's name makes it anew, and closed.
    return [
        fails("s3/bucket_is_public", f"arn:aws:s3:::{name}", "public_policy"),
        fails("s3/bucket_public_access_open", f"arn:aws:s3:::{name}", "all_open"),
    ], None
