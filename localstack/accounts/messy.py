"""An account full of things that look wrong and are not: what healthy teams really run, in one account of the bed.

    messy.py ACCOUNT    make it: afterwards nothing fails that is not true, which is nothing

Each part is `build(site)` and says in its docstring which check a thing is to mislead, and why it is in order.
"""

import sys

import messy_permissions
import payment_people
import payment_storage
from payment_site import Site

PARTS = (messy_permissions,)


def build(account):
    site = Site(account)
    site.bed.age()
    for bed in (site.bed, site.far):
        bed.delete_default_vpc()
    payment_people.build(site)
    payment_storage.build(site)
    for part in PARTS:
        part.build(site)


if __name__ == "__main__":
    build(*sys.argv[1:])
