"""A payment platform as teams deploy it with CDK, broken in the ways that such platforms are, in one account of the bed.

    payment.py broken ACCOUNT      make it, broken, and print what driftlead must fail: [{"check", "resource", "verdict", "row"}]
    payment.py repaired ACCOUNT    make it and repair every fault: afterwards nothing fails and nothing is unknown
    payment.py faults              print every fault with its row and its tier

Whatever is not a fault is in order. The rows (A5, B1, …) are those of the reference workload, and every fault that proves one
names it; its docstring says by which tier it is made: T1 LocalStack, T2 its moto, T3 a rule.
"""

import json
import sys

import payment_balancer
import payment_database
import payment_ecs
import payment_hosts
import payment_mtls
import payment_network
import payment_parts
import payment_people
import payment_permissions
import payment_secrets
import payment_stack
import payment_storage
import payment_web
import payment_workload
from payment_site import FAULTS, Site

# In the order in which they need each other. Importing a part declares its faults.
PARTS = (
    payment_people,
    payment_storage,
    payment_network,
    payment_hosts,
    payment_workload,
    payment_web,
    payment_secrets,
    payment_ecs,
    payment_balancer,
    payment_database,
    payment_stack,
    payment_mtls,
    payment_parts,
    payment_permissions,
)


def faults():
    """All faults with their rows, those of earlier parts first."""
    order = [part.__name__ for part in PARTS]
    return sorted(FAULTS, key=lambda one: order.index(one[1].__module__))


def broken(account):
    """The platform with all of its faults, and a mending for each."""
    site = Site(account)
    site.bed.age()
    for part in PARTS:
        if hasattr(part, "build"):
            part.build(site)
    expected, mendings = [], []
    for row, fault in faults():
        says, mend = fault(site)
        expected.extend({**one, "row": row} for one in says)
        mendings.append(mend)
    finish(site)
    return site, expected, mendings


def repaired(account):
    site, _, mendings = broken(account)
    # What a rule says of the broken state, no mending must read.
    site.bed.forget_rules()
    for mend in mendings:
        if mend:
            mend()
    finish(site)


def finish(site):
    """What can only be done when all else is there."""
    for part in PARTS:
        if hasattr(part, "finish"):
            part.finish(site)


def main(command, account=""):
    if command == "repaired":
        repaired(account)
    elif command == "broken":
        print(json.dumps(broken(account)[1]))
    elif command == "faults":
        for row, fault in faults():
            print(f"{row:4}{fault.__name__.replace('_', ' ')}: {' '.join(fault.__doc__.split())}")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
