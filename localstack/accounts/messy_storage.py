"""Buckets that look wrong and are not."""

from lib import Bed
from payment_site import FAR, HOME
from payment_storage import CLOSED, bucket, permit_replication, replicate, works

# Tells of objects that did not arrive by events, not by metrics.
EVENTS = {"NotificationConfiguration": {"EventBridgeConfiguration": {}}, "SkipDestinationValidation": True}


def build(site):
    names(site)
    to_an_archive_account(site)
    within_the_region(site)
    one_prefix_only(site)
    prepared_for_the_way_back(site)


def names(site):
    """s3/bucket_name_predictable: a random part is enough, and the namespace that S3 keeps for an account and a region."""
    bucket(site, f"orders-{site.account[-4:]}7f3a9c1e4b")
    bucket(site, f"orders-{site.account}-{HOME}-an")


def to_an_archive_account(site):
    """s3/replication_misconfigured, s3/bucket_reference_dangling: the destination is another account's, which the rule names.

    The emulator takes no destination of another account, so a rule tells the configuration (T3).
    """
    other = Bed(site.account[::-1], FAR)
    source, copy = site.safe("invoices"), f"invoices-archive-{other.account}-{FAR}"
    other.s3.create_bucket(Bucket=copy, CreateBucketConfiguration={"LocationConstraint": FAR})
    other.s3.put_bucket_versioning(Bucket=copy, VersioningConfiguration={"Status": "Enabled"})
    other.s3.put_public_access_block(Bucket=copy, PublicAccessBlockConfiguration=CLOSED)
    bucket(site, source, replication="required")
    metrics = {"Status": "Enabled", "EventThreshold": {"Minutes": 15}}
    destination = {"Bucket": f"arn:aws:s3:::{copy}", "Account": other.account, "Metrics": metrics}
    rule = {"ID": "all", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""}, "DeleteMarkerReplication": {"Status": "Enabled"}}
    configuration = {"Role": site.roles["payment-prod-replication"], "Rules": [{**rule, "Destination": destination}]}
    site.bed.rule("s3", "GetBucketReplication", match={"Bucket": source}, answer={"ReplicationConfiguration": configuration})
    permit_replication(site, source, copy)
    for s3, name in ((site.bed.s3, source), (other.s3, copy)):
        s3.put_object(Bucket=name, Key="2026/11/0001.pdf", Body=b"a document\n")
    works(site, source, copy)


def within_the_region(site):
    """s3/replication_missing: a copy in the same region, for another team, where nobody asks for another region."""
    source, copy = site.safe("events"), site.safe("events-analytics")
    bucket(site, copy)
    bucket(site, source)
    replicate(site, source, copy, far=HOME)
    works(site, source, copy)


def one_prefix_only(site):
    """s3/replication_missing, s3/replication_unmonitored: a part is copied, as was meant, and failures are announced."""
    source, copy = site.safe("reports"), site.safe("reports-yearly", FAR)
    bucket(site, copy, FAR)
    bucket(site, source)
    replicate(site, source, copy)
    works(site, source, copy)
    rule = {"ID": "yearly", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": "yearly/"}}
    rule.update(DeleteMarkerReplication={"Status": "Enabled"}, Destination={"Bucket": f"arn:aws:s3:::{copy}"})
    configuration = {"Role": site.roles["payment-prod-replication"], "Rules": [rule]}
    site.bed.s3.put_bucket_replication(Bucket=source, ReplicationConfiguration=configuration)
    site.bed.s3.put_bucket_notification_configuration(Bucket=source, **EVENTS)


def prepared_for_the_way_back(site):
    """s3/replication_missing: the other region may take over one day: the role may copy back already, and no rule does yet."""
    source, copy = site.safe("contracts"), site.safe("contracts-replica", FAR)
    bucket(site, copy, FAR)
    bucket(site, source, replication="required")
    replicate(site, source, copy)
    works(site, source, copy)
    permit_replication(site, copy, source)
