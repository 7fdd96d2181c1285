"""CloudTrail's event history: every writing call that really happened here, for LookupEvents (tier T3)."""

import collections
import json
import re
import time
import uuid

from .cloudformation import PRINCIPAL

EVENTS = collections.deque(maxlen=20000)
READS = re.compile(r"^(Get|List|Describe|Head|Lookup|BatchGet|Search|Query|Scan|Select|Simulate|Filter|Assume|Decrypt|Encrypt|GenerateData)")
# What CloudTrail calls data events: the event history does not tell of them.
DATA = {
    "cloudwatch": re.compile(r"^PutMetricData$"),
    "dynamodb": re.compile(r"Item|^Transact|^Execute"),
    "events": re.compile(r"^PutEvents$"),
    "lambda": re.compile(r"^Invoke"),
    "logs": re.compile(r"^PutLogEvents$"),
    "s3": re.compile(r"^(Put|Copy|Delete|Post|Restore)Objects?(Acl|Tagging|Retention|LegalHold)?$|Multipart|^UploadPart"),
    "sns": re.compile(r"^Publish"),
    "sqs": re.compile(r"Message"),
}
NAMES = re.compile(r"(Id|Ids|Name|Arn|ARN|Bucket|Identifier)$")
LISTS = re.compile(r"(Id|Ids|Names|Arns)$")


def serve(context):
    if (context.service.service_name, context.operation.name) == ("cloudtrail", "LookupEvents"):
        return _lookup(context)
    return None


def is_cloudformation(context):
    return (context.request.headers.get("User-Agent") or "").startswith(PRINCIPAL)


def record(context):
    name = context.operation.name
    data = DATA.get(context.service.service_name)
    if READS.match(name) or (data and data.search(name)):
        return
    error = context.service_exception
    request = {key: value for key, value in (context.service_request or {}).items() if not hasattr(value, "read")}
    resources = _resources(request, {})
    if isinstance(context.service_response, dict):
        resources.update(_resources(context.service_response, {}))
    now = time.time()
    detail = {
        "eventVersion": "1.11",
        "userIdentity": {"type": "Root", "arn": f"arn:{context.partition}:iam::{context.account_id}:root", "accountId": context.account_id},
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "eventSource": f"{context.service.signing_name or context.service.service_name}.amazonaws.com",
        "eventName": name,
        "awsRegion": context.region,
        "sourceIPAddress": "127.0.0.1",
        "userAgent": context.request.headers.get("User-Agent"),
        "requestParameters": request,
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "recipientAccountId": context.account_id,
    }
    if error is not None:
        detail.update(errorCode=error.code, errorMessage=str(error))
    if is_cloudformation(context):
        detail["userIdentity"]["invokedBy"] = detail["sourceIPAddress"] = detail["userAgent"] = PRINCIPAL
    event = {
        "EventId": detail["eventID"],
        "EventName": name,
        "ReadOnly": "false",
        "EventTime": now,
        "EventSource": detail["eventSource"],
        "Username": "root",
        "AccessKeyId": "",
        "Resources": [{"ResourceType": kind, "ResourceName": value} for value, kind in list(resources.items())[:20]],
        "CloudTrailEvent": json.dumps(detail, default=str),
    }
    EVENTS.append((context.account_id, context.region, event))


def _resources(node, found, depth=0):
    """Whatever looks like a name or an id, with the member that holds it."""
    if isinstance(node, dict) and depth < 3:
        for key, value in node.items():
            if isinstance(value, str) and NAMES.search(key):
                found.setdefault(value, key)
            elif isinstance(value, list) and value and all(isinstance(item, str) for item in value) and LISTS.search(key):
                found.update({item: key for item in value})
            elif isinstance(value, dict):
                _resources(value, found, depth + 1)
    return found


def _lookup(context):
    request = context.service_request or {}
    start, end = (_seconds(request.get(name)) for name in ("StartTime", "EndTime"))
    found = []
    for account, region, event in reversed(EVENTS):
        is_here = (account, region) == (context.account_id, context.region)
        is_then = (not start or event["EventTime"] >= start) and (not end or event["EventTime"] <= end)
        if is_here and is_then and all(_has(event, wanted) for wanted in request.get("LookupAttributes") or []):
            found.append(event)
    size, offset = min(request.get("MaxResults") or 50, 50), int(request.get("NextToken") or 0)
    answer = {"Events": found[offset : offset + size]}
    if offset + size < len(found):
        answer["NextToken"] = str(offset + size)
    return answer


def _seconds(moment):
    return moment.timestamp() if hasattr(moment, "timestamp") else moment


def _has(event, wanted):
    key, value = wanted["AttributeKey"], wanted["AttributeValue"]
    if key == "ResourceName":
        return any(resource["ResourceName"] == value for resource in event["Resources"])
    return str(event.get(key)) == value
