"""An account full of things that look wrong and are not: what healthy teams really run, in one account of the bed.

    messy.py ACCOUNT    make it, and print what nobody can say from outside: [{"check", "resource", "verdict"}]. Nothing fails

Each part is `build(site)` and says in its docstring which check a thing is to mislead, and why it is in order. It returns what is
unknown of its things, if anything is.
"""

import json
import sys

import messy_balancer
import messy_database
import messy_ecs
import messy_mtls
import messy_network
import messy_parts
import messy_permissions
import messy_stack
import messy_storage
import payment_balancer
import payment_people
import payment_storage
from payment_site import Site

PARTS = (
    messy_balancer,
    messy_database,
    messy_stack,
    messy_parts,
    messy_mtls,
    messy_ecs,
    messy_network,
    messy_storage,
    messy_permissions,
)


def build(account):
    site = Site(account)
    site.bed.age()
    for bed in (site.bed, site.far):
        bed.delete_default_vpc()
        bed.ec2.enable_ebs_encryption_by_default()
    site.bed.iam.update_account_password_policy(MinimumPasswordLength=14, PasswordReusePrevention=24)
    payment_people.build(site)
    payment_storage.build(site)
    unknown = [one for part in PARTS for one in part.build(site) or ()]
    payment_balancer.finish(site)
    return unknown


if __name__ == "__main__":
    print(json.dumps(build(*sys.argv[1:])))
