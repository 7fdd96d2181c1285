/*---
title    = "Service that is wanted and runs nothing"
severity = "high"
leg      = "working"
family   = "ecs-scale"
message  = "{name} is to run no task at all, and nothing will change that by itself"
why      = """
Nought of nought tasks is "steady" for ECS, so a service that was parked for an afternoon and forgotten shows no fault anywhere. In
production that is an outage that looks like order. Where a scaling policy or a schedule starts tasks when they are needed,
nothing is wrong."""
fix      = "aws ecs update-service --region {region} --cluster {cluster_name} --service {name} --desired-count NUMBER_OF_TASKS"
references = [
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html",
]

[frameworks]
soc2 = ["A1.2"]

[reasons]
wanted         = "tasks are to run"
scales         = "none is to run now, and a scaling policy or a schedule may change that"
scaled_to_zero = "none is to run, although it matters, and no scaling policy and no schedule will change that"

[params.production]
default = false
doc     = "Whether it matters that the service runs; where it does not, one that is scaled to zero is left alone."
---*/
with service as (
    select
        s.*, nullif(a.arn, '') as scalable_target_arn,
        case
            when a.resource_id is null then 0
            when a.policy_count > 0 or a.scheduled_action_count > 0 then 1
            else a.policy_count + a.scheduled_action_count
        end as scalers
    from aws_ecs_service as s
    left join aws_appautoscaling_target as a
        on a.resource_id = 'service/' || s.cluster_name || '/' || s.name and a.account_id = s.account_id and a.region = s.region
)
select
    s.arn as resource,
    s.account_id,
    case when s.status in ('DRAINING', 'INACTIVE') then 0 when s.status = 'ACTIVE' then 1 end
        and (s.desired_count > 0 or (s.scheduling_strategy = 'REPLICA' and (:production or s.scalers > 0))) as applies,
    s.desired_count > 0 or s.scalers > 0 as ok,
    case
        when s.desired_count > 0 then 'wanted'
        when s.scalers > 0 then 'scales'
        when s.scalers = 0 then 'scaled_to_zero'
    end as reason,
    s.name, s.cluster_name, s.desired_count, s.running_count, s.task_definition, s.scalable_target_arn
from service as s
