"""DescribeInstanceImageMetadata, which no emulator here knows (tier T3): what moto knows of the images of its instances."""

from moto.backends import get_backend


def serve(context):
    if (context.service.service_name, context.operation.name) != ("ec2", "DescribeInstanceImageMetadata"):
        return None
    ec2 = get_backend("ec2")[context.account_id][context.region]
    return {"InstanceImageMetadata": [_told(ec2, one) for one in ec2.all_instances() if one._state.name != "terminated"]}


def _told(ec2, instance):
    image = ec2.amis.get(instance.image_id)
    metadata = {"ImageId": instance.image_id, "ImageAllowed": True, "State": "deregistered"}
    if image:
        metadata.update(Name=image.name, OwnerId=image.owner_id, State=image.state, CreationDate=image.creation_date)
        metadata["IsPublic"] = bool(image.is_public)
        if image.owner_id == "137112412989":
            metadata["ImageOwnerAlias"] = "amazon"
    return {"InstanceId": instance.id, "InstanceType": instance.instance_type, "ImageMetadata": metadata}
