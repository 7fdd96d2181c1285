"""The payment platform's machines: a bastion that nobody owns any more, a snapshot from before the migration, disks by default."""

from payment_site import DATABASE_PASSWORD, HOME, fails, fault


@fault()
def bastion(site):
    """T1. Made by hand in the first week: remote shells from everywhere, metadata without a token, a disk in clear."""
    bed, ec2, vpc = site.bed, site.bed.ec2, site.vpcs["main"]
    group = bed.group(vpc.id, "payment-prod-bastion", ("0.0.0.0/0", "tcp", 22, 22))
    allocation = site.address(40)
    started = f"#!/bin/sh\necho PGPASSWORD={DATABASE_PASSWORD} >> /etc/environment\n"
    options = {"MetadataOptions": {"HttpTokens": "optional"}, "InstanceType": "t3.micro", "UserData": started}
    instance, interface = bed.instance(vpc.subnets["Public", "a"], group, "payment-prod-bastion", allocation, **options)
    attached = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [instance]}])["Volumes"][0]["VolumeId"]

    def repair():
        # Session Manager needs no machine of its own.
        used = ec2.describe_addresses(AllocationIds=[allocation])["Addresses"][0]
        ec2.disassociate_address(AssociationId=used["AssociationId"])
        ec2.release_address(AllocationId=allocation)
        ec2.terminate_instances(InstanceIds=[instance])
        ec2.delete_security_group(GroupId=group)

    return [
        fails("vpc/security_group_open_admin_ports", bed.arn("ec2", f"security-group/{group}"), "open"),
        fails("ec2/instance_metadata_v1", bed.arn("ec2", f"instance/{instance}"), "optional"),
        fails("ec2/volume_unencrypted", bed.arn("ec2", f"volume/{attached}")),
    ], repair


@fault()
def public_snapshot(site):
    """T1. The ledger's disk before the migration, shared with the migration's contractor the short way."""
    ec2 = site.bed.ec2
    volume = ec2.create_volume(AvailabilityZone=f"{HOME}a", Size=100, VolumeType="gp3", Encrypted=False)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume, Description="ledger before the migration")["SnapshotId"]
    site.bed.tag(snapshot, Name="payment-ledger-before-migration", env="production")
    ec2.delete_volume(VolumeId=volume)
    arguments = {"SnapshotId": snapshot, "Attribute": "createVolumePermission", "GroupNames": ["all"]}
    ec2.modify_snapshot_attribute(**arguments, OperationType="add")
    # A snapshot's ARN names no account.
    resource = f"arn:aws:ec2:{HOME}::snapshot/{snapshot}"

    def repair():
        ec2.modify_snapshot_attribute(**arguments, OperationType="remove")

    return [fails("ec2/snapshot_public", resource, "public")], repair


@fault()
def disks_in_clear_by_default(site):
    """T1. Switched on in the first region, forgotten in the second one."""
    site.bed.ec2.enable_ebs_encryption_by_default()
    resource = site.far.arn("ec2", "settings")
    return [fails("ec2/ebs_encryption_by_default_off", resource)], site.far.ec2.enable_ebs_encryption_by_default
