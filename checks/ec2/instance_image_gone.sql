/*---
title    = "Instance whose machine image is gone or deprecated"
severity = "medium"
leg      = "working"
family   = "instance-images"
message  = "{shown_name} was started from {image_id}{image_text}: {meaning}"
why      = """
An instance runs on without its image, and nothing shows that it could not be started a second time. The next scale-out, the
move after a hardware failure and the rebuild after an intrusion all need an image that is there. Images are deprecated when
their publisher stops patching them, so that a machine from one mostly lacks a good deal of updates."""
fix      = "aws ec2 create-image --region {region} --instance-id {instance_id} --name {instance_id}-rescued --no-reboot"
references = [
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ami-deprecate.html",
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/deregister-ami.html",
]

[fixes]
image_deprecated = "aws ec2 describe-images --region {region} --owners {image_owner_id} --filters Name=architecture,Values={architecture} Name=state,Values=available --query 'sort_by(Images, &CreationDate)[-20:].[CreationDate, ImageId, Name]' --output table"

[frameworks]
soc2 = ["CC7.1"]

[reasons]
image_current    = "the image is there and not deprecated"
image_gone       = "the image was deregistered or disabled, or is not shared with this account any more"
image_deprecated = "the image is deprecated since {deprecation_time}"
---*/
with started as (
    select
        i.*,
        a.arn as image_arn, a.name as image_name, a.owner_id as image_owner_id, a.state as image_state,
        a.architecture, a.creation_date as image_creation_date, a.deprecation_time,
        a.arn is null or a.state in ('deregistered', 'disabled') as is_gone,
        case
            when a.deprecation_time = '' then 0
            else julianday(a.deprecation_time) <= julianday(clock.started_at)
        end as is_deprecated
    from aws_ec2_instance as i
    cross join snapshot as clock
    left join aws_ec2_ami as a on a.image_id = i.image_id and a.account_id = i.account_id and a.region = i.region
)
select
    s.arn as resource,
    s.account_id,
    s.state not in ('shutting-down', 'terminated') as applies,
    case when s.image_id = '' then null else not s.is_gone and not s.is_deprecated end as ok,
    case
        when s.image_id = '' then ''
        when s.is_gone then 'image_gone'
        when s.is_deprecated then 'image_deprecated'
        when not s.is_gone and not s.is_deprecated then 'image_current'
    end as reason,
    iif(s.name = '', s.instance_id, s.name || ' (' || s.instance_id || ')') as shown_name,
    iif(s.image_name <> '', ' (' || s.image_name || ')', '') as image_text,
    s.instance_id, s.state, s.launch_time, s.image_id, s.image_arn, s.image_name, s.image_owner_id, s.image_state,
    s.image_creation_date, s.deprecation_time, s.architecture
from started as s
