"""The payment platform's building blocks: a machine and runtimes that nobody keeps up any more, and concurrency that is not there."""

from payment_site import HOME, fails, fault
from payment_workload import FUNCTIONS, SEVEN_YEARS, WORKLOAD, daily, function, log_group, permit

AUTHORIZE, CAPTURE = FUNCTIONS
SETTLE, RECEIPTS, REFUND = "payment-prod-settle", "payment-prod-receipts", "payment-prod-refund"
DISK = [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8, "Encrypted": True, "DeleteOnTermination": True}}]


def another(site, name):
    """One more function of the same kind, with the role of the one that it was copied from."""
    site.roles[name] = site.roles[CAPTURE]
    log_group(site.bed, f"/aws/lambda/{name}", SEVEN_YEARS, **WORKLOAD)
    arn = function(site, name)
    permit(site, name, Principal="events.amazonaws.com", SourceArn=site.bed.arn("events", f"rule/{name}"))
    settled(site, name)
    return arn


def settled(site, name):
    for waiter in ("function_active_v2", "function_updated_v2"):
        site.bed.client("lambda").get_waiter(waiter).wait(FunctionName=name, WaiterConfig={"Delay": 1})


def runs_on(site, name, runtime):
    site.bed.client("lambda").update_function_configuration(FunctionName=name, Runtime=runtime)
    settled(site, name)


def settings(site):
    return site.bed.arn("lambda", "settings")


# ---------------------------------------------------------------- A9: current building blocks


@fault("A9")
def reconciliation_on_an_old_machine(site):
    """T1; that its image is deprecated is T3. It was set up once, works every night, and nobody dares to touch it."""
    bed, vpc = site.bed, site.vpcs["main"]
    images = bed.ec2.describe_images(Filters=[{"Name": "name", "Values": ["amzn2-ami-hvm-2.0.2018*x86_64-gp2"]}])["Images"]
    group = bed.group(vpc.id, "payment-prod-reconciliation")
    made = bed.ec2.run_instances(
        ImageId=images[0]["ImageId"], MinCount=1, MaxCount=1, InstanceType="m4.large", SubnetId=vpc.subnets["Isolated", "a"],
        SecurityGroupIds=[group], BlockDeviceMappings=DISK, MetadataOptions={"HttpTokens": "required"},
    )["Instances"][0]["InstanceId"]  # fmt: skip
    bed.tag(made, Name="payment-prod-reconciliation", env="production")
    deprecated = f"InstanceImageMetadata[InstanceId={made}].ImageMetadata.DeprecationTime"
    bed.rule("ec2", "DescribeInstanceImageMetadata", region=HOME, set={deprecated: "2020-08-10T00:00:00.000Z"})

    def repair():
        # It became a scheduled task, which needs no machine.
        bed.ec2.terminate_instances(InstanceIds=[made])
        bed.ec2.delete_security_group(GroupId=group)

    instance = bed.arn("ec2", f"instance/{made}")
    return [
        fails("ec2/instance_image_deprecated", instance, "ami_deprecated"),
        fails("ec2/instance_os_end_of_life", instance, "al2_eol"),
        fails("ec2/instance_type_previous_generation", instance, "previous_generation"),
    ], repair


@fault("A9")
def settlement_on_an_old_runtime(site):
    """T1."""
    settled(site, SETTLE)
    runs_on(site, SETTLE, "python3.8")

    def repair():
        runs_on(site, SETTLE, "python3.13")

    return [fails("lambda/runtime_deprecated", site.bed.arn("lambda", f"function:{SETTLE}"), "runtime_update_blocked")], repair


@fault("A9")
def capture_is_live_on_an_old_runtime(site):
    """T1. The function was moved to the new runtime, and the alias that customers reach was not."""
    client = site.bed.client("lambda")
    settled(site, CAPTURE)
    runs_on(site, CAPTURE, "python3.8")
    old = client.publish_version(FunctionName=CAPTURE)["Version"]
    client.create_alias(FunctionName=CAPTURE, Name="live", FunctionVersion=old)
    runs_on(site, CAPTURE, "python3.13")

    def repair():
        new = client.publish_version(FunctionName=CAPTURE)["Version"]
        client.update_alias(FunctionName=CAPTURE, Name="live", FunctionVersion=new)

    return [fails("lambda/live_runtime_deprecated", site.bed.arn("lambda", f"function:{CAPTURE}"), "runtime_update_blocked")], repair


# ---------------------------------------------------------------- B5: reserved concurrency


@fault("B5")
def reservations_of_a_small_account(site):
    """T1; the account's limit is T3. Each function got ten, as on the test account, which has a thousand."""
    another(site, RECEIPTS)
    for name in (AUTHORIZE, CAPTURE, RECEIPTS):
        site.bed.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=10)
    small = {"AccountLimit.ConcurrentExecutions": 50, "AccountLimit.UnreservedConcurrentExecutions": 20}
    site.bed.rule("lambda", "GetAccountSettings", region=HOME, set=small)
    # The raised limit is the end of the rule.
    return [fails("lambda/concurrency_plan_impossible", settings(site), "plan_impossible")], None


@fault("B5")
def receipts_are_turned_away(site):
    """T1. Ten at a time are enough on most days, and not at the end of the month."""
    bed = site.bed
    dimensions = [{"Name": "FunctionName", "Value": RECEIPTS}]
    counted = {"Throttles": 340.0, "ConcurrentExecutions": 10.0}
    data = [
        {"MetricName": name, "Dimensions": dimensions, "Timestamp": bed.now - 3600, "Value": value} for name, value in counted.items()
    ]
    bed.cloudwatch.put_metric_data(Namespace="AWS/Lambda", MetricData=data)

    def repair():
        # What was counted stays counted, so the work goes to a function of another name.
        bed.client("lambda").delete_function(FunctionName=RECEIPTS)
        bed.logs.delete_log_group(logGroupName=f"/aws/lambda/{RECEIPTS}")

    return [fails("lambda/function_throttled", bed.arn("lambda", f"function:{RECEIPTS}"), "throttled_by_reservation")], repair


@fault("B5")
def refunds_are_switched_off(site):
    """T1. Switched off in an incident; the rule that feeds it goes on, and what it sends is thrown away."""
    another(site, REFUND)
    client = site.bed.client("lambda")
    client.put_function_concurrency(FunctionName=REFUND, ReservedConcurrentExecutions=0)
    daily(site.bed, "AWS/Lambda", "AsyncEventsDropped", 3.0, FunctionName=REFUND)

    def repair():
        client.delete_function_concurrency(FunctionName=REFUND)

    return [fails("lambda/function_disabled", site.bed.arn("lambda", f"function:{REFUND}"), "function_disabled")], repair
