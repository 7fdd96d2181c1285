"""The test bed: what LocalStack's community edition lacks or gets wrong, added on its own port.

Three tiers, kept apart so that a test can say what it was proven against:

T1  what LocalStack itself models;
T2  what the moto that LocalStack bundles models (`moto_fallback`, `cloudformation`);
T3  what is put into answers here: `rules` that a test sets, and `fixups` and `defaults` that always hold.

It leans on LocalStack's internals, so it is good for the versions that are pinned in `requirements/`, and for no others.
"""

import logging

from localstack.aws import handlers

LOG = logging.getLogger("localstack.bed")


def load():
    from . import chain, cloudformation, host_lambda, rules, stacks

    rules.serve()
    handlers.serve_custom_service_request_handlers.append(chain.before)
    handlers.run_custom_response_handlers.append(chain.after)
    host_lambda.install()
    cloudformation.install()
    stacks.install()
    LOG.warning("test bed loaded")
