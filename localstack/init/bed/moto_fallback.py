"""Services that LocalStack's community edition refuses are served by the moto it bundles, on the same port (tier T2).

They share accounts, regions and EC2's state with LocalStack: a load balancer sees the VPCs that were made through it.
"""

import re

from localstack.aws.api import CommonServiceException
from localstack.aws.forwarder import dispatch_to_backend
from localstack.services.moto import call_moto_with_request, dispatch_to_moto
from localstack.services.plugins import SERVICE_PLUGINS
from moto.backends import list_of_moto_modules

MODULES = set(list_of_moto_modules())

# LocalStack's own providers for these would download Java or Scala servers first, and hang for minutes without a network.
FORCED = {"dynamodb", "dynamodbstreams", "kinesis", "opensearch", "es"}

XML_ERROR = re.compile(r"<Code>(.*?)</Code>\s*<Message>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?</Message>", re.S)


def serve(context):
    name = context.service.service_name
    is_missing = not SERVICE_PLUGINS.exists(name) and name.replace("-", "") in MODULES
    if name not in FORCED and not is_missing:
        return None
    if name == "cloudtrail" and context.operation.name in ("CreateTrail", "UpdateTrail"):
        _mirror_bucket(context, (context.service_request or {}).get("S3BucketName"))
    try:
        if name == "backup":
            # moto insists on a slash at the end of paths that newer SDKs write without one: ask it in botocore's words.
            return call_moto_with_request(context, context.service_request)
        return dispatch_to_backend(context, dispatch_to_moto)
    except CommonServiceException as error:
        # Some modules answer XML errors on JSON protocols.
        found = XML_ERROR.search(error.message or "")
        if found and error.code.isdigit():
            raise CommonServiceException(found.group(1), found.group(2), status_code=error.status_code) from error
        raise


def _mirror_bucket(context, name):
    """moto's CloudTrail looks for the bucket in moto's own S3; LocalStack keeps buckets elsewhere."""
    from localstack.services.s3.models import s3_stores
    from moto.s3.models import s3_backends

    if name and name in s3_stores[context.account_id][context.region].global_bucket_map:
        buckets = s3_backends[context.account_id]["aws"]
        if name not in buckets.buckets:
            buckets.create_bucket(name, context.region)
