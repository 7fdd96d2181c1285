/*---
title    = "Instance from a machine image that is deprecated or gone"
severity = "medium"
leg      = "working"
family   = "building-blocks"
message  = "{shown_name} was started from {shown_image}: {meaning}"
why      = """
An instance runs on without its image, and nothing shows that it could not be started a second time. The next scale-out, the
move after a hardware failure and the rebuild after an intrusion all need an image that is there. Images are deprecated when
their publisher stops patching them, AWS's own ones two years after they were made, so that a machine from one mostly lacks a
good deal of updates."""
fix      = "aws ec2 create-image --region {region} --instance-id {instance_id} --name {instance_id}-rescued --no-reboot"
references = [
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ami-deprecate.html",
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/deregister-ami.html",
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-allowed-amis.html",
]

[fixes]
ami_deprecated = "aws ec2 describe-images --region {region} --owners {image_owner_id} --filters Name=state,Values=available --query 'sort_by(Images, &CreationDate)[-20:].[CreationDate, ImageId, Name]' --output table"
ami_not_allowed = "aws ec2 get-allowed-images-settings --region {region}"

[frameworks]
soc2 = ["CC7.1"]

[reasons]
ami_current     = "the image is there and not deprecated"
ami_gone        = "the image was deregistered or disabled"
ami_unknown     = "AWS knows nothing of the image any more"
ami_not_allowed = "the image does not meet the account's own rules for images, so nothing can be started from it again"
ami_deprecated  = "the image is deprecated since {deprecated_on}"
ami_unusable    = "the image is in the state {image_state}, and nobody can say whether it comes back"
ami_not_told    = "the image is there, and AWS left this instance out of what it tells of images"
---*/
with started as (
    select
        i.*,
        (m.arn is null or m.image_id = '') and a.arn is null as is_unknown,
        m.arn is null or m.image_id = '' as is_left_out,
        m.state in ('deregistered', 'disabled') as is_gone,
        m.state in ('available', 'pending', 'transient') as is_there,
        case when g.allowed_images = 'enabled' then not m.image_allowed when g.allowed_images is not null then 0 end as is_refused,
        case
            when m.deprecation_time = '' then 0
            else julianday(m.deprecation_time) <= julianday(clock.started_at)
        end as is_deprecated,
        m.name as image_name, m.owner_id as image_owner_id, m.image_owner_alias, m.state as image_state, m.is_public as image_is_public,
        m.creation_date as image_creation_date, m.deprecation_time, g.allowed_images
    from aws_ec2_instance as i
    cross join snapshot as clock
    left join aws_ec2_instance_image_metadata as m on m.arn = i.arn and m.account_id = i.account_id
    left join aws_ec2_ami as a on a.image_id = i.image_id and a.account_id = i.account_id and a.region = i.region
    left join aws_ec2_regional_settings as g on g.account_id = i.account_id and g.region = i.region
)
select
    s.arn as resource,
    s.account_id,
    s.state not in ('shutting-down', 'terminated') as applies,
    case
        when s.is_unknown then 0
        when s.is_left_out then null
        else not s.is_gone and not s.is_refused and not s.is_deprecated and iif(s.is_there, 1, null)
    end as ok,
    case
        when s.is_unknown then 'ami_unknown'
        when s.is_left_out then 'ami_not_told'
        when s.is_gone then 'ami_gone'
        when s.is_refused then 'ami_not_allowed'
        when s.is_deprecated then 'ami_deprecated'
        when s.is_there = 0 then 'ami_unusable'
        when s.is_there and s.is_refused = 0 and s.is_deprecated = 0 then 'ami_current'
    end as reason,
    iif(s.name = '', s.instance_id, s.name || ' (' || s.instance_id || ')') as shown_name,
    s.image_id || iif(s.image_name <> '', ' (' || s.image_name || ')', '') as shown_image,
    date(s.deprecation_time) as deprecated_on,
    s.instance_id, s.state, s.launch_time, s.image_id, s.image_name, s.image_owner_id, s.image_owner_alias, s.image_state,
    s.image_is_public, s.image_creation_date, s.deprecation_time, s.allowed_images
from started as s
