"""Lambda without Docker: functions become active, and Python handlers run as a process of the host (tier T3).

Other runtimes answer null. It is enough for a rotation function to really rotate.
"""

import json
import os
import subprocess
import sys

from localstack import config
from localstack.services.lambda_.invocation import plugins
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

RUNNER = r"""
import importlib, json, os, sys, traceback
sys.path.insert(0, os.getcwd())
module, function = os.environ['_HANDLER'].rsplit('.', 1)
class Context:
    aws_request_id = os.environ['BED_REQUEST_ID']
    invoked_function_arn = os.environ['BED_ARN']
    function_name = os.environ['AWS_LAMBDA_FUNCTION_NAME']
    memory_limit_in_mb = '128'
    def get_remaining_time_in_millis(self): return 30000
out = os.fdopen(int(os.environ['BED_FD']), 'w')
try:
    result = getattr(importlib.import_module(module.replace('/', '.')), function)(json.load(sys.stdin), Context())
    json.dump({'ok': result}, out)
except BaseException as error:
    traceback.print_exc()
    json.dump({'error': {'errorMessage': str(error), 'errorType': type(error).__name__, 'stackTrace': []}}, out)
"""


class HostExecutor(RuntimeExecutor):
    environment = None

    def start(self, env_vars):
        self.environment = {name: str(value) for name, value in env_vars.items()}

    def stop(self):
        pass

    def get_address(self):
        return "127.0.0.1"

    def get_endpoint_from_executor(self):
        return "127.0.0.1"

    def get_runtime_endpoint(self):
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    def get_logs(self):
        return ""

    def invoke(self, payload):
        version, request_id = self.function_version, payload["invoke-id"]
        if not (version.config.runtime or "").startswith("python"):
            return InvocationResult(request_id, b"null", is_error=False, logs="bed: only Python handlers are run")
        reading, writing = os.pipe()
        own = {"PATH": os.environ["PATH"], "BED_FD": str(writing), "BED_REQUEST_ID": request_id, "BED_ARN": payload["invoked-function-arn"]}
        try:
            process = subprocess.run(
                [sys.executable, "-c", RUNNER],
                input=payload["payload"].encode(),
                env={**self.environment, **own},
                pass_fds=(writing,),
                cwd=version.config.code.get_unzipped_code_location(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=version.config.timeout + 2,
            )
        except subprocess.TimeoutExpired:
            os.close(writing)
            os.close(reading)
            answer = json.dumps({"errorMessage": "Task timed out"}).encode()
            return InvocationResult(request_id, answer, is_error=True, logs="timeout")
        os.close(writing)
        with os.fdopen(reading) as file:
            result = json.loads(file.read() or '{"error": {"errorMessage": "no answer", "errorType": "Runtime.ExitError"}}')
        logs = process.stdout.decode(errors="replace")
        is_error = "error" in result
        answer = json.dumps(result["error"] if is_error else result["ok"]).encode()
        return InvocationResult(request_id, answer, is_error=is_error, logs=logs)

    @classmethod
    def prepare_version(cls, function_version):
        if function_version.config.code:
            function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version):
        pass


def install():
    plugins.DockerRuntimeExecutorPlugin.load = lambda self, *args, **kwargs: HostExecutor
