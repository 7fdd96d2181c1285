"""Building blocks and concurrency that look wrong and are not."""

from payment_site import unknown
from payment_workload import HANDLER, daily, log_group, package

LATEST = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


def build(site):
    parked(site)
    unreserved(site)
    provisioned(site)
    far_from_its_end(site)
    cannot_say = container_image(site)
    group_on_the_newest_image(site)
    own_image(site)
    return [cannot_say]


def function(site, name, calls=900.0, tags=None, **arguments):
    """T1. A function outside of any VPC that is called and logs every day."""
    bed, client = site.bed, site.bed.client("lambda")
    log_group(bed, f"/aws/lambda/{name}", 365)
    code = {"Runtime": "python3.13", "Handler": "app.handler", "Code": {"ZipFile": package(HANDLER)}, **arguments}
    role = site.roles["payment-prod-capture"]
    arn = client.create_function(FunctionName=name, Role=role, Timeout=15, Tags=tags or {"env": "production"}, **code)["FunctionArn"]
    client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    daily(bed, "AWS/Lambda", "Invocations", calls, FunctionName=name)
    daily(bed, "AWS/Lambda", "Errors", 0.0, FunctionName=name)
    return arn


def parked(site):
    """T1. For lambda/function_disabled: reserved 0, and its tags say that this is meant."""
    function(site, "seasonal-campaign", tags={"env": "stage", "parked": "until December"})
    site.bed.client("lambda").put_function_concurrency(FunctionName="seasonal-campaign", ReservedConcurrentExecutions=0)


def unreserved(site):
    """T1. For lambda/function_disabled: no reservation at all is the opposite of one of 0."""
    function(site, "catalogue-search", calls=90_000.0)


def provisioned(site):
    """T1. For lambda/provisioned_concurrency_failed and lambda/live_runtime_deprecated: an alias on a current version, kept warm."""
    client = site.bed.client("lambda")
    function(site, "checkout-quote")
    version = client.publish_version(FunctionName="checkout-quote")["Version"]
    client.create_alias(FunctionName="checkout-quote", Name="live", FunctionVersion=version)
    client.put_provisioned_concurrency_config(FunctionName="checkout-quote", Qualifier="live", ProvisionedConcurrentExecutions=2)


def far_from_its_end(site):
    """T1. For lambda/runtime_deprecated: there is a date, and it is years away."""
    function(site, "web-render", Runtime="nodejs24.x")


def container_image(site):
    """T1. For lambda/runtime_deprecated: without a runtime of Lambda's. Nobody can say from here what is in it, so it is unknown."""
    image = f"{site.account}.dkr.ecr.{site.bed.region}.amazonaws.com/statement-pdf:4"
    bed, client, name = site.bed, site.bed.client("lambda"), "statement-pdf"
    log_group(bed, f"/aws/lambda/{name}", 365)
    role = site.roles["payment-prod-capture"]
    made = client.create_function(FunctionName=name, Role=role, PackageType="Image", Code={"ImageUri": image}, Timeout=60)
    daily(bed, "AWS/Lambda", "Invocations", 40.0, FunctionName=name)
    return unknown("lambda/runtime_deprecated", made["FunctionArn"], "container_image")


def group_on_the_newest_image(site):
    """T2. For autoscaling/group_image_deprecated: its template names no image, and each launch looks up AWS's newest one."""
    data = {"ImageId": LATEST, "InstanceType": "m7i.large", "MetadataOptions": {"HttpTokens": "required"}}
    site.bed.ec2.create_launch_template(LaunchTemplateName="render-farm", LaunchTemplateData=data)
    site.bed.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="render-farm", MinSize=0, MaxSize=8, AvailabilityZones=[f"{site.bed.region}a"],
        LaunchTemplate={"LaunchTemplateName": "render-farm", "Version": "$Latest"},
    )  # fmt: skip


def own_image(site):
    """T1. For ec2/launch_template_image_deprecated: an image of the team's own has no date at all."""
    ec2 = site.bed.ec2
    volume = ec2.create_volume(AvailabilityZone=f"{site.bed.region}a", Size=8, VolumeType="gp3", Encrypted=True)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume, Description="render base 42")["SnapshotId"]
    ec2.delete_volume(VolumeId=volume)
    disk = [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot, "VolumeSize": 8}}]
    image = ec2.register_image(Name="render-base-42", Architecture="x86_64", RootDeviceName="/dev/xvda", BlockDeviceMappings=disk)["ImageId"]
    data = {"ImageId": image, "InstanceType": "m7i.large", "MetadataOptions": {"HttpTokens": "required"}}
    ec2.create_launch_template(LaunchTemplateName="render-once", LaunchTemplateData=data)
