/*---
title    = "Launch template that starts a machine image that is deprecated or gone"
severity = "medium"
leg      = "configured"
family   = "launch-images"
message  = "{name} ({launch_template_id}, version {version_number}) starts {shown_image}: {meaning}"
why      = """
A template is used when more machines are needed, often at night and by nobody. With an image that is gone nothing starts at
all; with one that is deprecated, machines are born without the patches of the years since. An image by its id never moves on by
itself: a template that names a parameter of AWS instead gets the newest one at each launch."""
fix      = "aws ec2 create-launch-template-version --region {region} --launch-template-id {launch_template_id} --source-version {version_number} --launch-template-data ImageId=NEWER_IMAGE_ID"
references = [
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ami-deprecate.html",
    "https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html",
]

[frameworks]
soc2 = ["CC7.1"]

[reasons]
ami_current            = "the image is there and not deprecated"
resolved_at_launch     = "it names a parameter that AWS keeps on its newest image"
ami_gone               = "the image was deregistered or disabled, or is not shared with this account any more"
ami_deprecated         = "the image is deprecated since {deprecated_on}"
ami_unusable           = "the image is in the state {image_state}, and nobody can say whether it comes back"
parameter_not_resolved = "it names a parameter of the account's own, whose value was not read"
---*/
with template as (
    select
        t.arn, t.account_id, t.region, t.launch_template_id, t.name, v.version_number, v.image_id,
        a.arn as image_arn, a.name as image_name, a.state as image_state, a.owner_id as image_owner_id, a.deprecation_time,
        v.image_id like 'resolve:ssm:/aws/service/%' as is_resolved,
        v.image_id like 'resolve:ssm:%' as is_parameter,
        a.arn is null or a.state in ('deregistered', 'disabled') as is_gone,
        a.state in ('available', 'pending', 'transient') as is_there,
        case when a.deprecation_time = '' then 0 else julianday(a.deprecation_time) <= julianday(clock.started_at) end as is_deprecated
    from aws_ec2_launch_template as t
    cross join snapshot as clock
    left join aws_ec2_launch_template_version as v
        on v.arn = t.arn and v.account_id = t.account_id and v.version_number = t.default_version_number
    left join aws_ec2_ami as a on a.image_id = v.image_id and a.account_id = v.account_id and a.region = v.region
)
select
    t.arn as resource,
    t.account_id,
    -- Whoever launches from a template without an image names one.
    t.image_id <> '' as applies,
    case
        when t.is_resolved then 1
        when t.is_parameter then null
        else not t.is_gone and not t.is_deprecated and iif(t.is_there, 1, null)
    end as ok,
    case
        when t.is_resolved then 'resolved_at_launch'
        when t.is_parameter then 'parameter_not_resolved'
        when t.is_gone then 'ami_gone'
        when t.is_deprecated then 'ami_deprecated'
        when t.is_deprecated = 0 then iif(t.is_there, 'ami_current', 'ami_unusable')
    end as reason,
    t.image_id || iif(t.image_name <> '', ' (' || t.image_name || ')', '') as shown_image,
    date(t.deprecation_time) as deprecated_on,
    t.launch_template_id, t.name, t.version_number, t.image_id, t.image_arn, t.image_name, t.image_state, t.image_owner_id,
    t.deprecation_time
from template as t
