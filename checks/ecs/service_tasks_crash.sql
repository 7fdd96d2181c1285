/*---
title    = "Service whose tasks crash"
severity = "high"
leg      = "working"
family   = "ecs-stability"
volatile = ["tasks", "desired_count", "running_count", "crashes", "young", "unhealthy", "stopped_reason", "exit_codes", "deployed_at"]
message  = "{name}: {meaning} ({tasks})"
why      = """
A service that starts a new task for every one that dies shows the number of tasks that was asked for, whenever one looks, and
serves almost nobody. ECS even counts its failures from 0 again as soon as a task has run for a moment. The tasks that stopped in the
last hour, and how they ended, tell what the numbers do not."""
fix      = "aws ecs update-service --region {region} --cluster {cluster_name} --service {name} --task-definition TASK_DEFINITION_THAT_WORKS"
references = [
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html",
]

[frameworks]
soc2 = ["A1.2", "CC7.2"]

[reasons]
steady              = "its tasks run, are well as far as anybody asks them, and none crashed in the last hour"
crash_loop          = "its tasks stop and are replaced again and again"
container_unhealthy = "a container that its tasks need says that it is unhealthy"
few_stops           = "a task of it crashed in the last hour; that is too little to call it a loop, and too much to call it steady"
health_not_told     = "its containers have a health check, which did not answer yet"
no_health_signal    = "neither its task definition nor a load balancer asks its tasks for their health"
nothing_runs        = "no task of its newest deployment runs"

[params.stops]
default = 3
doc     = "Tasks that crashed in an hour, from which on it is a loop."

[params.young_minutes]
default = 5
doc     = "Minutes. When nothing that runs is older, the deployment is older than an hour, and a task crashed, it is a loop too."
---*/
with service as materialized (
    select
        s.*,
        julianday(clock.started_at) as now,
        coalesce(d.deployment_id, t.task_set_id) as current_id,
        coalesce(d.created_at, t.created_at) as deployed_at,
        coalesce(t.task_definition, s.task_definition) as definition_arn,
        exists (
            select 1 from aws_ecs_service_load_balancer as l where l.arn = s.arn and l.account_id = s.account_id
        ) as has_load_balancer,
        coalesce(
            (
                select max(e.created_at)
                from aws_ecs_service_event as e
                where e.arn = s.arn and e.account_id = s.account_id and e.message like '%has reached a steady state%'
            ),
            ''
        ) as steady_at
    from aws_ecs_service as s
    cross join snapshot as clock
    left join aws_ecs_deployment as d on d.arn = s.arn and d.account_id = s.account_id and d.status = 'PRIMARY'
    left join aws_ecs_task_set as t on t.arn = s.arn and t.account_id = s.account_id and t.status = 'PRIMARY'
),
task as materialized (
    select
        s.arn as service_arn, k.arn, k.account_id, k.stopped_reason, k.stop_code, k.health_status,
        k.last_status = 'RUNNING' as is_running,
        k.last_status = 'RUNNING' and (s.now - julianday(k.started_at)) * 1440 < :young_minutes as is_young,
        coalesce((s.now - julianday(iif(k.stopped_at = '', k.stopping_at, k.stopped_at))) * 24 <= 1, 0) as is_recent,
        case
            when k.stop_code in ('EssentialContainerExited', 'TaskFailedToStart') then 1
            -- The scheduler stops tasks for many good reasons; failed health checks are none.
            when k.stop_code = 'ServiceSchedulerInitiated' then k.stopped_reason like 'Task failed%health check%'
            else iif(k.stop_code is null, null, 0)
        end as is_crash
    from service as s
    join aws_ecs_task as k
        on k.cluster_arn = s.cluster_arn and k.service_name = s.name and k.started_by = s.current_id
        and k.account_id = s.account_id and k.region = s.region
),
counted as (
    select
        s.arn, s.account_id,
        count(k.arn) filter (where k.is_recent and k.is_crash) as crashes,
        count(k.arn) filter (where k.is_recent and k.is_crash is null) as doubtful_stops,
        count(k.arn) filter (where k.is_running) as running,
        count(k.arn) filter (where k.is_running and k.is_young) as young,
        count(k.arn) filter (where k.is_running and k.health_status = 'UNHEALTHY') as unhealthy,
        count(k.arn) filter (where k.is_running and k.health_status = 'HEALTHY') as healthy,
        count(k.arn) filter (where k.is_running and k.health_status is null) as health_unread,
        max(iif(k.is_recent and k.is_crash, k.stopped_reason, null)) as stopped_reason
    from service as s
    left join task as k on k.service_arn = s.arn and k.account_id = s.account_id
    group by s.arn, s.account_id
),
ended as (
    select k.service_arn, k.account_id, json_group_array(distinct c.exit_code) as exit_codes
    from task as k
    join aws_ecs_task_container as c on c.arn = k.arn and c.account_id = k.account_id
    where k.is_recent and k.is_crash and c.exit_code <> -1
    group by k.service_arn, k.account_id
),
judged as (
    select
        s.*, n.crashes, n.running, n.young, n.unhealthy, n.stopped_reason, coalesce(x.exit_codes, '[]') as exit_codes,
        case
            when n.crashes >= :stops then 'crash_loop'
            when n.crashes > 0 and n.running > 0 and n.young = n.running and (s.now - julianday(s.deployed_at)) * 24 > 1 then 'crash_loop'
            when s.running_count < s.desired_count and exists (
                select 1
                from aws_ecs_service_event as e
                where e.arn = s.arn and e.account_id = s.account_id and e.created_at > s.steady_at
                    and e.message like '%unable to consistently start tasks%'
            ) then 'crash_loop'
            when n.unhealthy > 0 then 'container_unhealthy'
            when n.doubtful_stops > 0 or n.health_unread > 0 then null
            when n.running = 0 then 'nothing_runs'
            when n.crashes > 0 then 'few_stops'
            when n.healthy = n.running or s.has_load_balancer then 'steady'
            when f.container_definition_count is null then null
            when exists (
                select 1
                from aws_ecs_task_definition_container as c
                where c.arn = f.arn and c.account_id = f.account_id and c.health_check not in ('', 'NONE')
            ) then 'health_not_told'
            else 'no_health_signal'
        end as found
    from service as s
    join counted as n on n.arn = s.arn and n.account_id = s.account_id
    left join ended as x on x.service_arn = s.arn and x.account_id = s.account_id
    left join aws_ecs_task_definition as f on f.arn = s.definition_arn and f.account_id = s.account_id
)
select
    j.arn as resource,
    j.account_id,
    case when j.status in ('DRAINING', 'INACTIVE') then 0 when j.status = 'ACTIVE' then j.desired_count > 0 end as applies,
    case when j.found = 'steady' then 1 when j.found in ('crash_loop', 'container_unhealthy') then 0 end as ok,
    j.found as reason,
    printf('%d of %d tasks run, %d crashed in an hour', j.running, j.desired_count, j.crashes) as tasks,
    j.name, j.cluster_name, j.desired_count, j.running_count, j.crashes, j.young, j.unhealthy, j.stopped_reason, j.exit_codes,
    j.current_id, j.deployed_at, j.definition_arn
from judged as j
