/*---
title    = "Auto Scaling group that starts a machine image that is deprecated or gone"
severity = "medium"
leg      = "configured"
family   = "launch-images"
message  = "{name} starts {shown_image} by {source}: {meaning}"
why      = """
A group heals itself and grows by starting machines, and each begins as its image was. When that is gone, the group cannot even
replace what dies, and nothing says so before something does: what runs goes on running. When it is deprecated, every
new machine lacks the patches of the years since."""
fix      = "aws autoscaling update-auto-scaling-group --region {region} --auto-scaling-group-name {name} --launch-template 'LaunchTemplateId={template_or_placeholder},Version=NEWER_VERSION'"
references = [
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ami-deprecate.html",
    "https://docs.aws.amazon.com/autoscaling/ec2/userguide/using-systems-manager-parameters.html",
]

[frameworks]
soc2 = ["A1.2", "CC7.1"]

[reasons]
ami_current            = "the image is there and not deprecated"
resolved_at_launch     = "it names a parameter that AWS keeps on its newest image"
ami_gone               = "the image was deregistered or disabled, or is not shared with this account any more"
ami_deprecated         = "the image is deprecated since {deprecated_on}"
launch_source_gone     = "the launch template, its version or the launch configuration is gone, so it can start nothing"
ami_unusable           = "the image is in the state {image_state}, and nobody can say whether it comes back"
parameter_not_resolved = "it names a parameter of the account's own, whose value was not read"
overrides_not_judged   = "the image is in order, and overrides of the group start others, which are not judged"
---*/
with source as (
    select
        g.*, t.arn as template_arn, c.arn as configuration_arn,
        case
            when g.launch_template_version = '$Latest' then t.latest_version_number
            when g.launch_template_version in ('', '$Default') then t.default_version_number
            else cast(g.launch_template_version as integer)
        end as version_number,
        c.image_id as configuration_image_id
    from aws_ec2_autoscaling_group as g
    left join aws_ec2_launch_template as t
        on t.launch_template_id = g.launch_template_id and t.account_id = g.account_id and t.region = g.region
    left join aws_ec2_launch_configuration as c
        on c.name = g.launch_configuration_name and c.account_id = g.account_id and c.region = g.region
),
launched as (
    select
        s.*,
        case
            when s.launch_template_id <> '' and s.template_arn is null then 1
            when s.launch_template_id <> '' then iif(s.version_number is null, null, v.arn is null)
            else s.configuration_arn is null
        end as is_source_gone,
        iif(s.launch_template_id <> '', v.image_id, s.configuration_image_id) as image_id
    from source as s
    left join aws_ec2_launch_template_version as v
        on v.arn = s.template_arn and v.account_id = s.account_id and v.version_number = s.version_number
),
judged as (
    select
        l.*, a.arn as image_arn, a.name as image_name, a.state as image_state, a.owner_id as image_owner_id, a.deprecation_time,
        l.image_id like 'resolve:ssm:/aws/service/%' as is_resolved,
        l.image_id like 'resolve:ssm:%' as is_parameter,
        a.arn is null or a.state in ('deregistered', 'disabled') as is_gone,
        a.state in ('available', 'pending', 'transient') as is_there,
        case when a.deprecation_time = '' then 0 else julianday(a.deprecation_time) <= julianday(clock.started_at) end as is_deprecated
    from launched as l
    cross join snapshot as clock
    left join aws_ec2_ami as a on a.image_id = l.image_id and a.account_id = l.account_id and a.region = l.region
),
reasoned as (
    select
        j.*,
        case
            when j.is_source_gone then 'launch_source_gone'
            when j.is_source_gone is null or j.image_id = '' then null
            when j.is_parameter and not j.is_resolved then 'parameter_not_resolved'
            when not j.is_parameter and j.is_gone then 'ami_gone'
            when not j.is_parameter and j.is_deprecated then 'ami_deprecated'
            when not j.is_parameter and j.is_deprecated is null then null
            when not j.is_parameter and not j.is_there then 'ami_unusable'
            when j.override_source_count > 0 then 'overrides_not_judged'
            else iif(j.is_resolved, 'resolved_at_launch', 'ami_current')
        end as code
    from judged as j
)
select
    r.arn as resource,
    r.account_id,
    -- A group that is being deleted starts nothing; one made from an instance names neither template nor configuration.
    r.status = '' and (r.launch_template_id <> '' or r.launch_configuration_name <> '') as applies,
    case
        when r.code in ('launch_source_gone', 'ami_gone', 'ami_deprecated') then 0
        when r.code in ('ami_current', 'resolved_at_launch') then 1
    end as ok,
    r.code as reason,
    iif(r.code in ('launch_source_gone', 'ami_gone'), 'high', 'medium') as severity,
    case
        when r.launch_template_id <> '' then 'version ' || coalesce(r.version_number, '?') || ' of launch template '
            || iif(r.launch_template_name = '', r.launch_template_id, r.launch_template_name)
        else 'launch configuration ' || r.launch_configuration_name
    end as source,
    coalesce(r.image_id, 'nothing') || iif(r.image_name <> '', ' (' || r.image_name || ')', '') as shown_image,
    date(r.deprecation_time) as deprecated_on,
    iif(r.launch_template_id = '', 'LAUNCH_TEMPLATE_ID', r.launch_template_id) as template_or_placeholder,
    r.name, r.launch_template_id, r.launch_template_version, r.launch_configuration_name, r.override_source_count,
    r.image_id, r.image_arn, r.image_name, r.image_state, r.image_owner_id, r.deprecation_time
from reasoned as r
