"""Terraform states of the platform that drifts, as Terraform 1.9 (two) and OpenTofu 1.8 (one) would keep them (tier T3).

No provider is in reach here, so nobody applied anything: the states are written from what the account answers, with the attributes
that version 5 of the AWS provider keeps for each type. What it reads back and a team never wrote is in them too: rules of a security
group beside the group's own, routes within tables, a bucket's settings within the bucket.
"""

import json
import uuid
from pathlib import Path

import drift_terraform_network
import drift_terraform_storage
import drift_terraform_workload
from drift_site import FAR

AWS = 'provider["registry.{registry}.io/hashicorp/aws"]'


class State:
    """One state file."""

    def __init__(self, name, serial, version="1.9.8", registry="terraform"):
        self.name, self.provider = name, AWS.format(registry=registry)
        self.head = {"version": 4, "terraform_version": version, "serial": serial}
        self.resources, self.outputs = {}, {}

    def add(self, kind, name, attributes, index=None, module="", mode="managed", schema=0, region="", hidden=(), needs=()):
        """Adds an instance. `hidden` names attributes that are sensitive, `index` is that of `count` or `for_each`."""
        provider = self.provider + (".far" if region == FAR else "")
        key = (module, mode, kind, name)
        resource = {"mode": mode, "type": kind, "name": name, "provider": provider, "instances": []}
        kept = self.resources.setdefault(key, {**({"module": module} if module else {}), **resource})
        instance = {"schema_version": schema, "attributes": attributes}
        if index is not None:
            instance = {"index_key": index, **instance}
        instance["sensitive_attributes"] = [[{"type": "get_attr", "value": one}] for one in hidden]
        if mode == "managed":
            instance["private"] = "bnVsbA=="
            if needs:
                instance["dependencies"] = sorted(needs)
        kept["instances"].append(instance)

    def data(self, kind, name, attributes):
        self.add(kind, name, attributes, mode="data")

    def output(self, name, value, sensitive=False):
        self.outputs[name] = {"value": value, "type": "string", **({"sensitive": True} if sensitive else {})}

    def write(self, folder):
        lineage = str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://drift.example.com/{self.name}"))
        resources = list(self.resources.values())
        whole = {**self.head, "lineage": lineage, "outputs": self.outputs, "resources": resources, "check_results": None}
        path = Path(folder) / f"{self.name}.tfstate"
        path.write_text(json.dumps(whole, indent=2) + "\n")
        return path


def write(site, folder):
    """Writes the states and gives their paths."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    network, storage = State("network", 41), State("storage", 112)
    workload = State("workload", 7, "1.8.3", "opentofu")
    drift_terraform_network.add(site, network)
    drift_terraform_storage.add(site, storage)
    drift_terraform_workload.add(site, workload)
    return [state.write(folder) for state in (network, storage, workload)]
