"""Rules that a test sets at `/_bed/rules`: change fields of answers, answer, fail or delay (tier T3).

A rule is a JSON object. `service`, `operation`, `account`, `region` and `match` (members of the request) say which calls it is about;
`times` how often. Then one of:

set       {"NatGateways[NatGatewayId=nat-1].State": "failed"}: a path is made if it is missing, null deletes, `[]` is every element
answer    the whole output
error     {"code": "AccessDenied", "message": "...", "status": 403}
delay_ms  a number

POST adds one rule or a list of them (Content-Type: application/json), GET lists them, DELETE takes all away, DELETE with
`?account=...` those of one account, with `&name=...` those of them that were given this `name`. Rules live in memory: build an account and audit it on the same process.
"""

import json
import re
import threading

from localstack.http import Response
from localstack.services.edge import ROUTER

RULES = []
LOCK = threading.RLock()
PATH = re.compile(r"^([^.\[\]]+)?(\[[^\]]*\])?(?:\.|$)?(.*)$")


def serve():
    ROUTER.add("/_bed/rules", _route, methods=["GET", "POST", "DELETE"])


def _route(request, **_):
    with LOCK:
        if request.method == "POST":
            body = json.loads(request.data)
            RULES.extend(body if isinstance(body, list) else [body])
        elif request.method == "DELETE":
            only = {key: request.args[key] for key in ("account", "name") if key in request.args}
            RULES[:] = [rule for rule in RULES if only and any(rule.get(key) != value for key, value in only.items())]
        return Response(json.dumps(RULES), 200, {"Content-Type": "application/json"})


def take(kind, context):
    """The rules of a kind that are about this call; those that are used up are taken away."""
    with LOCK:
        found = []
        for rule in list(RULES):
            if kind in rule and _is_about(rule, context):
                found.append(rule)
                rule["hits"] = rule.get("hits", 0) + 1
                if rule.get("times") and rule["hits"] >= rule["times"]:
                    RULES.remove(rule)
        return found


def _is_about(rule, context):
    facts = {
        "service": context.service.service_name,
        "operation": context.operation.name,
        "account": context.account_id,
        "region": context.region,
    }
    if any(rule.get(name) not in (None, value) for name, value in facts.items()):
        return False
    request = context.service_request or {}
    return all(str(request.get(name)) == str(value) for name, value in (rule.get("match") or {}).items())


def apply(node, path, value):
    """Sets what a path leads to; see the head of this file."""
    key, selector, rest = PATH.match(path).groups()
    if key is not None:
        if selector is None and rest == "":
            if value is None:
                node.pop(key, None)
            else:
                node[key] = value
            return
        if node.get(key) is None:
            if value is None:
                return
            node[key] = [] if selector is not None else {}
        node = node[key]
    if selector is None:
        apply(node, rest, value)
        return
    name, _, wanted = selector[1:-1].partition("=")
    for index, item in enumerate(list(node)):
        is_meant = name == "" or item == name or (isinstance(item, dict) and str(item.get(name)) == wanted)
        if not is_meant:
            continue
        if rest:
            apply(item, rest, value)
        elif value is None:
            node.remove(item)
        else:
            node[index] = value
