/*---
title    = "Service that logs to a group that does not exist"
severity = "high"
leg      = "working"
family   = "log-delivery"
message  = "{name}: its container {container_name} is to log to {log_group} in {log_region}, and there is no such group"
why      = """
A task whose log group is gone does not start any more, so all is well until the next deployment or the next crash. Tasks that are
told not to wait for their logs start, and what they say is lost."""
fix      = "aws logs create-log-group --region {log_region} --log-group-name {log_group}"
references = [
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html",
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html",
]

[frameworks]
soc2 = ["CC7.2"]

[reasons]
log_groups_exist  = "the log groups that its containers name are there"
log_group_missing = "a log group that a container names is not there"
log_group_unseen  = "a container logs to another region, and the group was not seen there"
---*/
with container as (
    select
        s.arn as service_arn, s.account_id, s.region, c.name as container_name, c.log_group,
        iif(c.log_region = '', s.region, c.log_region) as log_region,
        g.arn as group_arn
    from aws_ecs_service as s
    left join aws_ecs_task_set as t on t.arn = s.arn and t.account_id = s.account_id and t.status = 'PRIMARY'
    join aws_ecs_task_definition_container as c
        on c.arn = coalesce(t.task_definition, s.task_definition) and c.account_id = s.account_id
    left join aws_cloudwatch_log_group as g
        on g.name = c.log_group and g.account_id = c.account_id and g.region = iif(c.log_region = '', s.region, c.log_region)
    where c.log_driver = 'awslogs' and c.log_group <> ''
),
judged as (
    select
        c.*,
        case
            when c.group_arn is not null then 2
            -- Whether another region was read whole, is not for one region to say.
            when c.log_region <> c.region then 1
            else 0
        end as standing
    from container as c
),
worst as (
    select *, row_number() over (partition by service_arn, account_id order by standing, container_name) as position
    from judged
)
select
    s.arn as resource,
    s.account_id,
    s.status = 'ACTIVE' and s.desired_count > 0 and iif(f.container_definition_count is null, null, w.service_arn is not null)
        as applies,
    case w.standing when 2 then 1 when 0 then 0 end as ok,
    case w.standing when 2 then 'log_groups_exist' when 0 then 'log_group_missing' when 1 then 'log_group_unseen' end as reason,
    s.name, s.cluster_name, w.container_name, w.log_group, w.log_region, f.arn as task_definition_arn, f.execution_role_arn
from aws_ecs_service as s
left join aws_ecs_task_set as t on t.arn = s.arn and t.account_id = s.account_id and t.status = 'PRIMARY'
left join aws_ecs_task_definition as f on f.arn = coalesce(t.task_definition, s.task_definition) and f.account_id = s.account_id
left join worst as w on w.service_arn = s.arn and w.account_id = s.account_id and w.position = 1
