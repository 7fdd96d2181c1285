"""A payment platform made by CloudFormation alone, and the changes that people then made to it by hand.

    drift.py deployed ACCOUNT          deploy it: everything is as its templates say
    drift.py changed ACCOUNT           change it by hand, and print what driftlead must say, one JSON line each
    drift.py changes                   print all changes, without an account
    drift.py terraform ACCOUNT DIR     write Terraform states of what was deployed, in the words of its AWS provider

A line: {"id", "table", "kind", "columns", "stack", "logical_id", "property", "account", "region", "resource", "key"}. `key` has the other
columns of the row's key, where `resource` (its ARN) does not tell rows apart. Lines of one row add up.
"""

import json
import sys
import time

import drift_network
import drift_people
import drift_storage
import drift_terraform
import drift_workload
from drift_site import CHANGES, FAR, HOME, LEDGER_PASSWORD, PROVIDER_KEY, TEMPLATES, Site, archive, deploy

# Importing a part declares its changes, which are made in this order.
PARTS = (drift_network, drift_people, drift_storage, drift_workload)


def deployed(account):
    site = Site(account)
    bed = site.bed
    bed.age()
    deploy(bed, "drift-artifacts", "artifacts.yaml")
    code = f"drift-artifacts-{account}-{HOME}"
    bed.s3.put_object(Bucket=code, Key="functions.zip", Body=archive())
    bed.s3.put_object(Bucket=code, Key="dns.yaml", Body=(TEMPLATES / "dns.yaml").read_bytes())
    deploy(site.far, "drift-far", "far.json")
    deploy(bed, "drift-network", "network.yaml")
    deploy(bed, "drift-people", "people.json")
    deploy(bed, "drift-storage", "storage.yaml", LedgerPassword=LEDGER_PASSWORD, ProviderKey=PROVIDER_KEY)
    deploy(bed, "drift-workload", "workload.yaml", CodeBucket=code, HostImage=bed.image(), ZoneName=site.zone)
    settled(bed)
    return site


def settled(bed):
    """Waits for what changes by itself after it was made: the emulator issues certificates after ten seconds."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        listed = bed.acm.list_certificates()["CertificateSummaryList"]
        told = [bed.acm.describe_certificate(CertificateArn=one["CertificateArn"])["Certificate"] for one in listed]
        if all(one["ValidationStatus"] == "SUCCESS" for certificate in told for one in certificate["DomainValidationOptions"]):
            return
        time.sleep(1)
    sys.exit("the certificates are not issued")


def changed(account):
    site = Site(account)
    for told, make in CHANGES:
        made = make(site)
        resource, key = made if isinstance(made, tuple) else (made, {})
        place = {"account": account, "stack": site.stack_name(told["stack"]), "resource": resource, "key": key}
        print(json.dumps({**told, **place}), flush=True)


def main(command, *arguments):
    if command == "deployed":
        deployed(*arguments)
    elif command == "changed":
        changed(*arguments)
    elif command == "terraform":
        account, folder = arguments
        for path in drift_terraform.write(Site(account), folder):
            print(path)
    elif command == "changes":
        for told, _ in CHANGES:
            print(json.dumps(told))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(*(sys.argv[1:] or [""]))
