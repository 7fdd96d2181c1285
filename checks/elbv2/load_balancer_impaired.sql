/*---
title    = "Load balancer that is not in order"
severity = "high"
leg      = "working"
family   = "load-balancer"
message  = "{name} ({scheme}) {meaning}{state_words}"
why      = """
A load balancer that could not be set up answers nobody, and one that is impaired routes traffic but could not get the room that it
needs, most often because its subnets have no free addresses left: it cannot grow, and fails under the next rush. Its listeners, rules
and targets all look as they should."""
fix      = "aws elbv2 describe-load-balancers --region {region} --load-balancer-arns {resource} --query 'LoadBalancers[].[State,AvailabilityZones]'"
references = [
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html",
]

[frameworks]
soc2 = ["A1.2"]

[reasons]
active             = "is active"
lb_failed          = "could not be set up"
lb_active_impaired = "routes traffic and has not got the resources that it needs to grow"
provisioning       = "is being set up"
---*/
select
    b.arn as resource,
    b.account_id,
    case b.state_code when 'active' then 1 when 'failed' then 0 when 'active_impaired' then 0 end as ok,
    case b.state_code
        when 'active' then 'active'
        when 'provisioning' then 'provisioning'
        when 'failed' then 'lb_failed'
        when 'active_impaired' then 'lb_active_impaired'
    end as reason,
    iif(b.state_reason = '', '', ': ' || b.state_reason) as state_words,
    coalesce(b.scheme, '') as scheme,
    b.name, b.load_balancer_type, b.state_code, b.state_reason, b.created_time, b.subnet_ids
from aws_elbv2_load_balancer as b
