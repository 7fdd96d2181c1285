"""The platform whose stacks drift: its account in both regions, its stacks, and the changes that are made to it by hand.

Templates are in `drift_stacks/`. Everything that this account has comes from them, but for what the emulator's CloudFormation forgets:
`init/bed/stacks.py` mends that while a stack is made.
"""

import io
import zipfile
from pathlib import Path

from lib import Bed

HOME, FAR = "us-east-1", "eu-west-1"
TEMPLATES = Path(__file__).parent / "drift_stacks"
CHANGES = []

# What must be found in no snapshot and in no report.
PROVIDER_KEY = "Pk7-provider-key-of-the-drift"
LEDGER_PASSWORD = "Lp2-ledger-password-of-the-drift"
SECRETS = (PROVIDER_KEY, LEDGER_PASSWORD)

CODE = "def handler(event, context):\n    return event\n"


def change(table, kind, stack, logical_id, property="", columns=(), region=HOME):
    """Declares a change: what driftlead must say of it, and where the template says otherwise.

    kind        changed, missing, added or unmanaged
    columns     whose value differs, in `table`: those that the property stands in, none that follow from it
    logical_id  the resource of the stack that it is about, "" where nothing declares it
    """

    def declare(function):
        told = {"id": function.__name__, "table": table, "kind": kind, "columns": sorted(columns), "region": region}
        CHANGES.append(({**told, "stack": stack, "logical_id": logical_id, "property": property}, function))
        return function

    return declare


class Site:
    """One account with the stacks."""

    def __init__(self, account):
        self.account = account
        self.bed = Bed(account, HOME)
        self.far = self.bed.elsewhere(FAR)
        self._made = {}

    @property
    def zone(self):
        return f"drift-{self.account}.example.com"

    def of(self, stack, logical_id, region=HOME):
        """A physical id."""
        if (stack, region) not in self._made:
            cloudformation = self.bed.client("cloudformation", region)
            pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
            made = {one["LogicalResourceId"]: one["PhysicalResourceId"] for page in pages for one in page["StackResourceSummaries"]}
            self._made[stack, region] = made
        return self._made[stack, region][logical_id]

    def nested(self, logical_id):
        """A physical id of the nested stack."""
        return self.of(self.stack_name("drift-workload/Names"), logical_id)

    def stack_name(self, stack):
        """The name of a stack; of a nested one, `PARENT/LOGICAL ID` is what the decorator says, as its name is made up."""
        parent, _, logical_id = stack.partition("/")
        return self.of(parent, logical_id).split("/")[1] if logical_id else stack

    def arn(self, service, resource, region=HOME):
        return f"arn:aws:{service}:{region}:{self.account}:{resource}"

    def bucket(self, stem):
        return f"drift-{stem}-{self.account}"


def deploy(bed, name, file, **parameters):
    """Deploys a template of `drift_stacks/` as it is, and waits."""
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    cloudformation = bed.cloudformation
    body = (TEMPLATES / file).read_text()
    tags = [{"Key": "system", "Value": "payments"}]
    cloudformation.create_stack(
        StackName=name, TemplateBody=body, Parameters=given, Capabilities=["CAPABILITY_NAMED_IAM"], Tags=tags
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 180})


def archive():
    """The code of the functions, as it is uploaded."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as packed:
        packed.writestr(zipfile.ZipInfo("index.py", (2026, 1, 1, 0, 0, 0)), CODE)
    return kept.getvalue()
