"""CloudFormation types that LocalStack has no provider for are made by moto (tier T2)."""

import logging

from botocore.config import Config
from localstack.services.cloudformation import resource_provider
from localstack.services.cloudformation.engine.quirks import PHYSICAL_RESOURCE_ID_SPECIAL_CASES
from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel

# Who CloudFormation is to the services that it asks, and to CloudTrail.
PRINCIPAL = "cloudformation.amazonaws.com"

LOG = logging.getLogger("localstack.bed")

ATTRIBUTES = """Arn AllocationId PublicIp DNSName LoadBalancerArn LoadBalancerFullName LoadBalancerName CanonicalHostedZoneID
 SecurityGroups TargetGroupFullName TargetGroupName TargetGroupArn ListenerArn Endpoint.Address Endpoint.Port ReadEndpoint.Address
 Name ServiceArn Id GroupId RepositoryUri VpcId DefaultVersionNumber LatestVersionNumber LaunchTemplateId DomainName FileSystemId
 AccessPointId ConfigurationEndPoint.Address WebACLArn CreatedTime""".split()


class Named(str):
    """A name, where moto's DB instances expect the thing that has it."""

    @property
    def name(self):
        return str(self)


class MotoProvider(resource_provider.ResourceProvider):
    SCHEMA = {"primaryIdentifier": ["/properties/BedPhysicalId"]}

    def __init__(self, model):
        self.model = model

    def create(self, request):
        wanted = dict(request.desired_state or {})
        try:
            name_property = self.model.cloudformation_name_type()
        except Exception:
            name_property = None
        given = wanted.get(name_property) if name_property else None
        name = given or f"{request.stack_name}-{request.logical_resource_id}"[:32]
        if name_property:
            wanted.setdefault(name_property, name)
        made = self.model.create_from_cloudformation_json(name, self._json(request, wanted), request.account_id, request.region_name)
        state = dict(wanted)
        for attribute in ATTRIBUTES:
            try:
                _put(state, attribute, made.get_cfn_attribute(attribute))
            except Exception:
                continue
        state["BedPhysicalId"] = getattr(made, "physical_resource_id", None) or name
        special = PHYSICAL_RESOURCE_ID_SPECIAL_CASES.get(request.resource_type, "<")
        if "<" not in special:
            state.setdefault(special.rsplit("/", 1)[1], state["BedPhysicalId"])
        return _done(state, request.custom_context)

    def update(self, request):
        return _done({**(request.previous_state or {}), **request.desired_state})

    def delete(self, request):
        state = request.desired_state or request.previous_state or {}
        try:
            self.model.delete_from_cloudformation_json(
                state.get("BedPhysicalId"), self._json(request, state), request.account_id, request.region_name
            )
        except Exception as error:
            LOG.warning("cannot delete %s: %s", request.resource_type, error)
        return _done(state)

    def _json(self, request, properties):
        properties = {name: value for name, value in properties.items() if name != "BedPhysicalId"}
        if isinstance(properties.get("DBSubnetGroupName"), str):
            properties["DBSubnetGroupName"] = Named(properties["DBSubnetGroupName"])
        if "VPCSecurityGroups" in properties:
            properties["VpcSecurityGroupIds"] = properties["VPCSecurityGroups"]  # moto's word for it
        return {"Type": request.resource_type, "Properties": properties}


def _put(state, attribute, value):
    node, *rest = attribute.split(".")
    if not rest:
        state.setdefault(attribute, value)
        return
    if not isinstance(state.get(node), dict):
        state[node] = {}
    state[node][rest[0]] = value


def _done(state, context=None):
    status = resource_provider.OperationStatus.SUCCESS
    if context is None:
        return resource_provider.ProgressEvent(status=status, resource_model=state)
    return resource_provider.ProgressEvent(status=status, resource_model=state, custom_context=context)


def install():
    original = resource_provider.ResourceProviderExecutor.try_load_resource_provider

    def load(resource_type):
        found = original(resource_type)
        if found is not None or not resource_type:
            return found
        try:
            model = parsing.resource_class_from_type(resource_type)
        except Exception:
            return None
        is_usable = model is not None and issubclass(model, CloudFormationModel)
        return MotoProvider(model) if is_usable else None

    resource_provider.ResourceProviderExecutor.try_load_resource_provider = staticmethod(load)
    factory = resource_provider.ConvertingInternalClientFactory
    resource_provider._cfn_resource_client_factory = factory(
        use_ssl=resource_provider.config.DISTRIBUTED_MODE, config=Config(user_agent=PRINCIPAL)
    )
