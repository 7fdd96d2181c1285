/*---
title    = "Instance of a previous generation"
severity = "low"
leg      = "configured"
family   = "instance-generation"
message  = "{shown_name} is a {instance_type}: {meaning}"
why      = """
AWS keeps old types running and stops building new machines for them. They cost more for less, many of them know no NVMe and no
encryption between instances, and on the day of a zone's trouble there are few left to start again on."""
fix      = "aws ec2 modify-instance-attribute --region {region} --instance-id {instance_id} --instance-type NEWER_TYPE"
references = ["https://aws.amazon.com/ec2/previous-generation/"]

[frameworks]
soc2 = ["CC7.1"]

[reasons]
current_generation  = "AWS counts this type among the current ones"
previous_generation = "AWS counts this type among the previous ones"
type_not_offered    = "the region does not offer this type any more, so AWS says nothing of it"
---*/
select
    i.arn as resource,
    i.account_id,
    i.state not in ('shutting-down', 'terminated') as applies,
    t.current_generation as ok,
    case
        when t.arn is null then 'type_not_offered'
        when t.current_generation then 'current_generation'
        when t.current_generation = 0 then 'previous_generation'
    end as reason,
    iif(i.name = '', i.instance_id, i.name || ' (' || i.instance_id || ')') as shown_name,
    i.instance_id, i.instance_type, i.state, i.launch_time, t.hypervisor
from aws_ec2_instance as i
left join aws_ec2_instance_type as t
    on t.instance_type = i.instance_type and t.account_id = i.account_id and t.region = i.region
