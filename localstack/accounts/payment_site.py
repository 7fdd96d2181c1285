"""What the parts of the payment platform share: the account in both regions, the name of its environment, and its faults.

A fault is `fault(site) -> (expectations, repair)`: it builds something as a team really did, wrong, says what driftlead must say of
it, and returns what mends it. Its docstring says by which tier it is made: T1 LocalStack, T2 its moto, T3 a rule.
"""

from lib import Bed

HOME, FAR = "us-east-1", "eu-west-1"
EXAMPLE = "111122223333"  # the account of the demonstration
FAULTS = []

# What must be found in no snapshot and in no recording: `record` looks for them.
DATABASE_PASSWORD = "Zq8-database-password-of-the-bed"
PROVIDER_KEY = "Pk3-provider-key-of-the-bed"
LEDGER_TOKEN = "Lt7-ledger-token-of-the-bed"
SIGNING_KEY = "whsec_signing_key_of_the_bed"
USER_PASSWORD = "Vr5-console-password-of-the-bed"
SECRETS = (DATABASE_PASSWORD, PROVIDER_KEY, LEDGER_TOKEN, SIGNING_KEY, USER_PASSWORD)


def fault(row=""):
    """Declares a fault: one that proves a row of the reference workload (A1, B1, …), or another one that such platforms have."""

    def declare(function):
        FAULTS.append((row, function))
        return function

    return declare


class Site:
    """One account, and what its parts know of each other."""

    def __init__(self, account):
        self.account = account
        self.bed = Bed(account, HOME)
        self.far = self.bed.elsewhere(FAR)
        # Bucket names are global on the bed as on AWS, so every account but the example's has a number in them. It is short: the name
        # has to stay one that anybody could think of.
        self.env = "prod" if account == EXAMPLE else f"prod-{account[-6:]}"
        self.vpcs, self.roles, self.keys, self.nats, self.copies = {}, {}, {}, {}, []

    def safe(self, stem, region=HOME):
        """A bucket name that nobody else would think of."""
        return f"{stem}-{self.env}-{self.account}-{region}"

    def address(self, number):
        """An elastic IP address out of the range for examples (RFC 5737): the emulator's own ones are 127.x.x.x."""
        return self.bed.ec2.allocate_address(Domain="vpc", Address=f"203.0.113.{number}")["AllocationId"]


def fails(check, resource, reason=""):
    """What driftlead must say."""
    return {"check": check, "resource": resource, "verdict": f"fail {reason}".strip()}


def unknown(check, resource, reason):
    """What nobody can say from outside, though everything was read."""
    return {"check": check, "resource": resource, "verdict": f"unknown {reason}"}
