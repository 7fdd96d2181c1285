"""Where the bed stands in LocalStack's chain: before a call is served, and before its answer goes out."""

import copy
import time

from localstack.aws.api import CommonServiceException
from localstack.aws.protocol.serializer import create_serializer

from . import defaults, fixups, images, moto_fallback, rules, trail


def before(chain, context, response):
    if not context.service or not context.operation:
        return
    if not context.is_internal_call:
        for rule in rules.take("delay_ms", context):
            time.sleep(rule["delay_ms"] / 1000)
        for rule in rules.take("error", context):
            error = rule["error"]
            raise CommonServiceException(error["code"], error.get("message", error["code"]), status_code=error.get("status", 400))
        for rule in rules.take("answer", context):
            _answer(context, response, copy.deepcopy(rule["answer"]))
            chain.stop()
            return
    for serve in (trail.serve, fixups.serve, images.serve, defaults.serve, moto_fallback.serve):
        answer = serve(context)
        if answer is not None:
            context.service_response = answer
            _answer(context, response, answer)
            chain.stop()
            return


def after(_chain, context, response):
    if not context.service or not context.operation:
        return
    if not context.is_internal_call or trail.is_cloudformation(context):
        trail.record(context)
    if context.is_internal_call:
        return
    answer = context.service_response
    if context.service_exception or not isinstance(answer, dict):
        return
    if (context.service.service_name, context.operation.name) in (("s3", "HeadObject"), ("s3", "GetObject")):
        _set_headers(context, response)
        return
    changed = fixups.mend(context, answer)
    for rule in rules.take("set", context):
        for path, value in rule["set"].items():
            rules.apply(answer, path, copy.deepcopy(value))
        changed = True
    if changed:
        _answer(context, response, answer)


def _set_headers(context, response):
    """The answer is a stream, of which only the headers can be changed."""
    for rule in rules.take("set", context):
        for name, value in rule["set"].items():
            shape = context.operation.output_shape.members.get(name)
            if shape is not None and shape.serialization.get("location") == "header":
                response.headers[shape.serialization["name"]] = str(value)


def _answer(context, response, answer):
    serializer = create_serializer(context.service, context.protocol)
    new = serializer.serialize_to_response(answer, context.operation, context.request.headers, context.request_id)
    response.update_from(new)
