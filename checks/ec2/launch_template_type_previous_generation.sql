/*---
title    = "Launch template for a type of a previous generation"
severity = "low"
leg      = "configured"
family   = "instance-generation"
message  = "{name} ({launch_template_id}, version {version_number}) starts {instance_type}: {meaning}"
why      = """
AWS keeps old types running and stops building new machines for them. A template is used when more machines are needed, and for
an old type there is the least to be had on the very day on which everybody needs more."""
fix      = "aws ec2 create-launch-template-version --region {region} --launch-template-id {launch_template_id} --source-version {version_number} --launch-template-data InstanceType=NEWER_TYPE"
references = ["https://aws.amazon.com/ec2/previous-generation/"]

[frameworks]
soc2 = ["CC7.1"]

[reasons]
current_generation  = "AWS counts this type among the current ones"
previous_generation = "AWS counts this type among the previous ones"
type_not_offered    = "the region does not offer this type any more, so AWS says nothing of it"
---*/
select
    l.arn as resource,
    l.account_id,
    -- Whoever launches from a template without a type names one.
    v.instance_type <> '' as applies,
    t.current_generation as ok,
    case
        when v.arn is null then null
        when t.arn is null then 'type_not_offered'
        when t.current_generation then 'current_generation'
        when t.current_generation = 0 then 'previous_generation'
    end as reason,
    l.name, l.launch_template_id, v.version_number, v.instance_type, v.create_time
from aws_ec2_launch_template as l
left join aws_ec2_launch_template_version as v
    on v.arn = l.arn and v.account_id = l.account_id and v.version_number = l.default_version_number
left join aws_ec2_instance_type as t
    on t.instance_type = v.instance_type and t.account_id = v.account_id and t.region = v.region
