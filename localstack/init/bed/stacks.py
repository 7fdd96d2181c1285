"""What a stack's resource has on AWS, and the emulator's CloudFormation forgets or cannot make (tier T1 or T2, as the service is).

A part of this file is `@makes(TYPE)`: it makes a resource by calls of its service out of the properties that CloudFormation
resolved, and returns what `Fn::GetAtt` can ask for and, as `PHYSICAL`, the physical id that AWS documents. Or it is `@mends(TYPE)`:
it is called after the emulator's own provider and sets right what that one dropped. So a stack that was just deployed is what its
template says, for every account and every template.

Made here are: creations. An update of such a resource changes nothing, as before, and its deletion is moto's where moto has one.
"""

import copy
import hashlib
import ipaddress
import re

from localstack.services.cloudformation import resource_provider
from localstack.services.cloudformation.engine.v2 import change_set_model, change_set_model_executor, change_set_model_preproc
from localstack.services.cloudformation.engine.v2.change_set_model_visitor import ChangeSetModelVisitor

from .rules import LOCK, RULES

PHYSICAL = "BedPhysicalId"
MAKES, MENDS, PREPARES = {}, {}, {}


def _register(table):
    def of(*types):
        def declare(function):
            table.update(dict.fromkeys(types, function))
            return function

        return declare

    return of


makes, mends, prepares = _register(MAKES), _register(MENDS), _register(PREPARES)


def named(request, properties, name, longest=None):
    """A name that the template gives, or one such as CloudFormation makes up: where it would be too long its end is random there."""
    made = f"{request.stack_name}-{request.logical_resource_id}"
    if longest and len(made) > longest:
        made = f"{made[: longest - 13].strip('-')}-{hashlib.sha256(made.encode()).hexdigest()[:12].upper()}"
    return properties.get(name) or made


def truth(value):
    """A boolean of a template, which may be a text."""
    return value if isinstance(value, bool) else str(value).lower() == "true"


def tell(request, service, operation, **rule):
    """Adds a rule for what no emulator here keeps of a resource (tier T3)."""
    of = {"account": request.account_id, "region": request.region_name, "service": service, "operation": operation}
    with LOCK:
        RULES.append({**of, **rule})


class Made(resource_provider.ResourceProvider):
    """A type that is made here."""

    SCHEMA = {"primaryIdentifier": ["/properties/" + PHYSICAL]}

    def __init__(self, make, fallback):
        self.make, self.fallback = make, fallback

    def create(self, request):
        wanted = copy.deepcopy(request.desired_state or {})
        return _done({**wanted, **self.make(request.aws_client_factory, wanted, request)})

    def update(self, request):
        return _done({**(request.previous_state or {}), **request.desired_state})

    def delete(self, request):
        other = self.fallback()
        return other.delete(request) if other else _done(request.desired_state or request.previous_state or {})


class Mended(resource_provider.ResourceProvider):
    """A type that another provider makes, and that is set right afterwards."""

    WANTED = "BedWanted"

    def __init__(self, kind, inner):
        self.kind, self.inner, self.SCHEMA = kind, inner, inner.SCHEMA

    def create(self, request):
        # A provider may be called several times, and changes the properties that it was given.
        wanted = request.custom_context.setdefault(self.WANTED, copy.deepcopy(request.desired_state or {}))
        if self.kind in PREPARES:
            PREPARES[self.kind](request.desired_state)
        event = self.inner.create(request)
        event.custom_context = {**(event.custom_context or {}), self.WANTED: wanted}
        if event.status == resource_provider.OperationStatus.SUCCESS and self.kind in MENDS:
            MENDS[self.kind](request.aws_client_factory, wanted, request, event.resource_model)
        return event

    def update(self, request):
        return self.inner.update(request)

    def delete(self, request):
        return self.inner.delete(request)


def _done(state):
    return resource_provider.ProgressEvent(status=resource_provider.OperationStatus.SUCCESS, resource_model=state)


def _cidr(arguments):
    """`Fn::Cidr`: so many blocks, each with so many bits for hosts, from the start of a block."""
    block, count, *bits = arguments
    if not isinstance(block, str) or "/" not in block:
        return ["unknown"] * int(count)  # The engine asks once before anything is made, with a word for what it will know.
    network = ipaddress.ip_network(block)
    subnets = network.subnets(new_prefix=network.max_prefixlen - int(bits[0] if bits else 8))
    return [str(next(subnets)) for _ in range(int(count))]


def _visit_cidr(self, node):
    given = self.visit(node.arguments)
    return self._cached_apply(scope=node.scope, arguments_delta=given, resolver=_cidr)


def _visit_parameter(original):
    """The engine makes a list of a list's text for the stack to come and not for the one that was, which cannot be deleted then."""

    def visit(self, node):
        delta, kind = original(self, node), self.visit(node.type_)
        words = kind.before if isinstance(kind.before, str) else kind.after
        if isinstance(delta.before, str) and isinstance(words, str) and (words == "CommaDelimitedList" or words.startswith("List<")):
            delta.before = [item.strip() for item in delta.before.split(",")]
        return delta

    return visit


def install():
    from . import stacks_api, stacks_network, stacks_storage, stacks_workload  # noqa: F401: importing a part declares its types

    original = resource_provider.ResourceProviderExecutor.try_load_resource_provider

    def load(resource_type):
        if (resource_type or "").startswith("Custom::"):
            resource_type = "AWS::CloudFormation::CustomResource"
        if resource_type in MAKES:
            return Made(MAKES[resource_type], lambda: original(resource_type))
        found = original(resource_type)
        if found is not None and (resource_type in MENDS or resource_type in PREPARES):
            return Mended(resource_type, found)
        return found

    resource_provider.ResourceProviderExecutor.try_load_resource_provider = staticmethod(load)
    # The emulator puts its own host in the place of AWS's, and does not know `Fn::Cidr`.
    change_set_model_preproc._AWS_URL_SUFFIX = "amazonaws.com"
    change_set_model.INTRINSIC_FUNCTIONS.add("Fn::Cidr")
    ChangeSetModelVisitor.visit_node_intrinsic_function_fn_cidr = lambda self, node: self.visit_children(node)
    change_set_model_preproc.ChangeSetModelPreproc.visit_node_intrinsic_function_fn_cidr = _visit_cidr
    # Nor is its own port to be in addresses of APIs.
    for module in (change_set_model_preproc, change_set_model_executor):
        module.REGEX_OUTPUT_APIGATEWAY = re.compile(r"(?!)")
    preproc = change_set_model_preproc.ChangeSetModelPreproc
    preproc.visit_node_parameter = _visit_parameter(preproc.visit_node_parameter)
