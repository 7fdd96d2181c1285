"""The payment platform's buckets: documents with a copy in the second region, audit logs, settlement files, statements."""

import json

from lib import DAY
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


# ---------------------------------------------------------------- A4: copies in the second region


def replicate(site, source, copy, rule="all", far=FAR, **destination):
    """A bucket whose objects go to another one: versioned at both ends, by a role that may, counted by metrics."""
    s3 = site.bed.s3
    metrics = {"Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 15}}}
    configured = {"ID": rule, "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""}, "DeleteMarkerReplication": {"Status": "Enabled"}}
    configured["Destination"] = {"Bucket": f"arn:aws:s3:::{copy}", **metrics, **destination}
    s3.put_bucket_replication(
        Bucket=source, ReplicationConfiguration={"Role": site.roles["payment-prod-replication"], "Rules": [configured]}
    )
    permit_replication(site, source, copy)
    for bucket_name, region in ((source, HOME), (copy, far)):
        for number in (1, 2, 3):
            client(site, region).put_object(Bucket=bucket_name, Key=f"2026/11/{number:04}.pdf", Body=b"a document\n")


def permit_replication(site, source, copy):
    """Lets the role copy from one bucket to another, beside all that it copies already."""
    site.copies.append((f"arn:aws:s3:::{source}", f"arn:aws:s3:::{copy}"))
    sources, copies = ([pair[end] for pair in site.copies] for end in (0, 1))
    objects = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
    replicate = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]
    allow = [
        {"Effect": "Allow", "Action": ["s3:GetReplicationConfiguration", "s3:ListBucket"], "Resource": sources},
        {"Effect": "Allow", "Action": objects, "Resource": [f"{source}/*" for source in sources]},
        {"Effect": "Allow", "Action": replicate, "Resource": [f"{copy}/*" for copy in copies]},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": allow})
    site.bed.iam.put_role_policy(RoleName="payment-prod-replication", PolicyName="replicate", PolicyDocument=document)


def objects_are(site, name, status, **options):
    """What S3 says of each object of a bucket: the emulator copies nothing."""
    site.bed.rule("s3", "HeadObject", match={"Bucket": name}, set={"ReplicationStatus": status}, **options)


def count_replication(site, source, copy, rule="all", failed=0, latency=20.0):
    """What CloudWatch counted in a week: failures where the source is, latency and what waits where the destination is."""
    dimensions = [{"Name": name, "Value": value} for name, value in zip(("SourceBucket", "DestinationBucket", "RuleId"), (source, copy, rule))]
    here = {"SampleCount": 40.0, "Sum": float(failed), "Minimum": 0.0, "Maximum": 1.0 if failed else 0.0}
    there = {"ReplicationLatency": latency, "OperationsPendingReplication": 2.0, "BytesPendingReplication": 4_096.0}
    for day in range(7):
        at = {"Dimensions": dimensions, "Timestamp": site.bed.now - day * DAY - 3600}
        data = [{"MetricName": "OperationsFailedReplication", "StatisticValues": here, **at}]
        site.bed.cloudwatch.put_metric_data(Namespace="AWS/S3", MetricData=data)
        data = [{"MetricName": name, "Value": value, **at} for name, value in there.items()]
        site.far.cloudwatch.put_metric_data(Namespace="AWS/S3", MetricData=data)


def works(site, source, copy, rule="all"):
    """What a copy that is in order shows."""
    objects_are(site, source, "COMPLETED")
    objects_are(site, copy, "REPLICA")
    count_replication(site, source, copy, rule)


@fault("A4")
def replica_is_gone(site):
    """T1; that its objects failed is T3. The documents' copy was deleted; rule and role still name it, and anybody may take the name."""
    source, copy = f"payment-documents-{site.env}", f"payment-documents-replica-{site.env}"
    bucket(site, copy, FAR)
    bucket(site, source, replication="required")
    replicate(site, source, copy)
    objects_are(site, source, "FAILED")
    remove(site, copy, FAR)

    def repair():
        remove(site, source)
        site.copies.remove((f"arn:aws:s3:::{source}", f"arn:aws:s3:::{copy}"))
        new, new_copy = site.safe("payment-documents"), site.safe("payment-documents-replica", FAR)
        bucket(site, new_copy, FAR)
        bucket(site, new, replication="required")
        replicate(site, new, new_copy)
        works(site, new, new_copy)

    arn = f"arn:aws:s3:::{source}"
    return [
        fails("s3/bucket_name_predictable", arn, "predictable"),
        fails("s3/bucket_reference_dangling", arn, "dangling_claimable"),
        fails("s3/bucket_reference_dangling", site.roles["payment-prod-replication"], "dangling_claimable"),
        fails("s3/replication_misconfigured", arn, "destination_missing"),
        fails("s3/replication_not_happening", arn, "object_failed"),
    ], repair


@fault("A4")
def receipts_never_arrive(site):
    """T1; the objects' status is T3. Everything is set up, and every receipt is marked FAILED since a policy in the way was mended late."""
    source, copy = site.safe("payment-receipts"), site.safe("payment-receipts-replica", FAR)
    bucket(site, copy, FAR)
    bucket(site, source, replication="required")
    replicate(site, source, copy)
    objects_are(site, source, "FAILED")
    count_replication(site, source, copy, failed=12)

    def repair():
        # What was counted stays counted, under the old rule.
        replicate(site, source, copy, "all-again")
        works(site, source, copy, "all-again")

    return [fails("s3/replication_not_happening", f"arn:aws:s3:::{source}", "object_failed")], repair


@fault("A4")
def ledger_is_hours_behind(site):
    """T1, latency by PutMetricData; the objects' status is T3. The ledger arrives, an hour and a half late, where 15 minutes were agreed."""
    source, copy = site.safe("payment-ledger"), site.safe("payment-ledger-replica", FAR)
    bucket(site, copy, FAR)
    bucket(site, source, replication="required")
    replicate(site, source, copy)
    objects_are(site, source, "COMPLETED", lasting=True)
    objects_are(site, copy, "REPLICA", lasting=True)
    count_replication(site, source, copy, latency=5_400.0)

    def repair():
        replicate(site, source, copy, "all-again")
        count_replication(site, source, copy, "all-again")

    return [fails("s3/replication_not_happening", f"arn:aws:s3:::{source}", "lag")], repair


@fault("A4")
def disputes_have_no_copy(site):
    """T1. Two buckets with matching names, and no rule between them."""
    source, copy = site.safe("payment-disputes"), site.safe("payment-disputes-replica", FAR)
    bucket(site, copy, FAR)
    bucket(site, source, replication="required")

    def repair():
        replicate(site, source, copy)
        works(site, source, copy)

    return [fails("s3/replication_missing", f"arn:aws:s3:::{source}", "no_replication")], repair


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
