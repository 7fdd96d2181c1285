"""Templates that nobody here wrote, each deployed as a stack of its own.

    templates.py FOLDER ACCOUNT        deploy what FOLDER has in `cloudformation/` and `cdk/`

It prints one JSON line for each template: {"file", "stack", "status", "reason", "not_made"}. `status` is `deployed` or `failed`, and what
failed is deleted again. `reason` is what CloudFormation said of the first resource that failed. `not_made` are types that the emulator
calls made and did not make. No template is changed.

Parameters have their defaults. What has none is made up (`surroundings`): a VPC, an image, a name. The CDK's bootstrap is there: its
version, and the archives that the templates name.
"""

import io
import json
import re
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import yaml
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from lib import ENDPOINT, Bed

SECONDS = 60  # that a stack has
AT_A_TIME = 6  # stacks: the emulator is one process
BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"
IMAGE = "/surroundings/image"
ASSET = re.compile(r"[0-9a-f]{64}\.(?:zip|json|gz)")


class Tags(yaml.SafeLoader):
    """YAML in which `!Ref x` and its like stand: what they mean does not matter here."""


def _tagged(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, True)
    return loader.construct_mapping(node, True)


Tags.add_multi_constructor("!", _tagged)


def templates(folder):
    files = sorted(path for part in ("cloudformation", "cdk") for path in (Path(folder) / part).iterdir() if path.is_file())
    if not files:
        sys.exit(f"{folder}: there are no templates")
    return [(path, path.read_text()) for path in files]


def stack_name(path, number):
    """In lower case and short: templates make names of it, of buckets and of target groups."""
    stem = path.name.split(".")[0].split("__")[-1]
    return re.sub("[^a-z0-9]+", "-", stem.lower())[:20].strip("-") + f"-{number:02}"


def asked_once(bed):
    """A client that does not ask again: what a stack failed of is what the first answer says."""
    place = {"endpoint_url": ENDPOINT, "region_name": bed.region, "aws_access_key_id": bed.account, "aws_secret_access_key": "test"}
    return boto3.client("cloudformation", **place, config=Config(retries={"total_max_attempts": 1}))


# ---------------------------------------------------------------- what is there before


def bootstrap(bed, texts):
    """What `cdk bootstrap` makes, as far as templates lead to it."""
    bed.ssm.put_parameter(Name=BOOTSTRAP, Value="30", Type="String")
    bucket = f"cdk-hnb659fds-assets-{bed.account}-{bed.region}"
    bed.s3.create_bucket(Bucket=bucket)
    for key in sorted({key for text in texts for key in ASSET.findall(text)}):
        bed.s3.put_object(Bucket=bucket, Key=key, Body=archive())


def archive():
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as packed:
        packed.writestr("index.js", "exports.handler = async (event) => event;\n")
        packed.writestr("index.py", "def handler(event, context):\n    return event\n")
    return kept.getvalue()


def surroundings(bed):
    """Values for parameters, by words of their types and names; the first that fits is taken."""
    vpc = bed.vpc("surroundings", "10.200.0.0/16")
    subnets = [bed.subnet(vpc, f"surroundings-{zone}", f"10.200.{i}.0/24", zone) for i, zone in enumerate("ab")]
    group, table = bed.group(vpc, "surroundings"), bed.table(vpc, "surroundings", *subnets)
    bed.ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=bed.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"])
    bed.ec2.create_key_pair(KeyName="surroundings")
    # A default of two templates.
    bed.iam.create_instance_profile(InstanceProfileName="CloudWatchAgentAdminRole")
    bed.ssm.put_parameter(Name=IMAGE, Value=bed.image(), Type="String")
    bucket = f"surroundings-{bed.account}"
    bed.s3.create_bucket(Bucket=bucket)
    return [
        ("VPC::Id", vpc), ("Subnet1", subnets[0]), ("Subnet2", subnets[1]), ("List<AWS::EC2::Subnet::Id>", ",".join(subnets)),
        ("Subnet", subnets[0]), ("SecurityGroup::Id", group), ("RouteTableId", table), ("KeyPair", "surroundings"), ("KeyName", "surroundings"),
        ("Image", bed.image()), ("KMSKey", ""), ("Region", bed.region), ("Bucket", bucket), ("CIDR", "10.201.0.0/16"),
        ("PeerVPC", "vpc-0123456789abcdef0"), ("VPC", vpc), ("Vpc", vpc), ("OwnerId", "210987654321"), ("AccountId", "210987654321"),
        ("Role", "arn:aws:iam::210987654321:role/peer"), ("DirectoryID", "d-0123456789"), ("Email", "someone@example.com"),
        ("Prefix", "templates/"), ("UserPool", bed.arn("cognito-idp", f"userpool/{bed.region}_surround")), ("User", "someone"),
        ("", "surroundings"),
    ]  # fmt: skip


def parameters(text, values):
    """Values for the parameters that have no default, or one that only AWS has."""
    given = []
    for name, parameter in (yaml.load(text, Tags).get("Parameters") or {}).items():
        if str(parameter.get("Default")).startswith("/aws/service/"):
            given.append({"ParameterKey": name, "ParameterValue": IMAGE})
        elif "Default" not in parameter:
            fits = [value for word, value in values if word in f"{parameter.get('Type')} {name}" and allowed(parameter, value)]
            allows = [str(value) for value in parameter.get("AllowedValues") or []]
            given.append({"ParameterKey": name, "ParameterValue": (allows or fits or [""])[0]})
    return given


def allowed(parameter, value):
    pattern = parameter.get("AllowedPattern")
    return len(value) >= int(parameter.get("MinLength", 0)) and (not pattern or re.fullmatch(pattern, value))


# ---------------------------------------------------------------- stacks


def deploy(cloudformation, name, path, text, given):
    """Deploys one template and says what became of it."""
    told = {"file": f"{path.parent.name}/{path.name}", "stack": name, "status": "failed", "reason": "", "not_made": []}
    capabilities = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
    try:
        cloudformation.create_stack(StackName=name, TemplateBody=text, Parameters=given, Capabilities=capabilities)
        status = settled(cloudformation, name, "CREATE_IN_PROGRESS")
        if status == "CREATE_COMPLETE":
            return {**told, "status": "deployed", "not_made": not_made(cloudformation, name)}
        told["reason"] = reason(cloudformation, name) or status
    except (BotoCoreError, ClientError) as error:
        told["reason"] = str(error)
    try:
        cloudformation.delete_stack(StackName=name)
        settled(cloudformation, name, "DELETE_IN_PROGRESS")
    except ClientError:
        pass  # It is gone, or there never was one.
    return told


def settled(cloudformation, name, while_it_is):
    """The status once it is no more what it was, or its time is over."""
    deadline = time.monotonic() + SECONDS
    status = while_it_is
    while status == while_it_is and time.monotonic() < deadline:
        time.sleep(0.5)
        status = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
    return status


def reason(cloudformation, name):
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    for one in reversed(events):
        if one["ResourceStatus"] == "CREATE_FAILED" and one.get("ResourceStatusReason"):
            return f"{one['LogicalResourceId']} ({one['ResourceType']}): {one['ResourceStatusReason']}"
    return cloudformation.describe_stacks(StackName=name)["Stacks"][0].get("StackStatusReason", "")


def not_made(cloudformation, name):
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    made = [one for page in pages for one in page["StackResourceSummaries"]]
    return sorted({one["ResourceType"] for one in made if one.get("PhysicalResourceId", "unknown") in ("unknown", "")})


def main(folder, account):
    bed = Bed(account)
    bed.age()
    all_of_them = templates(folder)
    bootstrap(bed, [text for _, text in all_of_them])
    values, cloudformation = surroundings(bed), asked_once(bed)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        tasks = []
        for i, (path, text) in enumerate(all_of_them):
            tasks.append(pool.submit(deploy, cloudformation, stack_name(path, i), path, text, parameters(text, values)))
        for task in tasks:
            print(json.dumps(task.result()), flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
