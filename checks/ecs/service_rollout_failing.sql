/*---
title    = "Service whose rollout does not come to its end"
severity = "high"
leg      = "working"
family   = "ecs-stability"
volatile = ["counts", "desired_count", "running_count", "pending_count", "failed_tasks", "held_up_by", "steady_at"]
message  = "{name} is not stable: {meaning} ({counts})"
why      = """
Whoever deploys sees a template that went through and a service that is ACTIVE. Whether the new version really runs is told by the
deployment: it can fail, be taken back so that the old version runs on, or go on for ever, which it does wherever no circuit breaker
ends it. A service that is short of tasks has no reserve left for the next one that stops."""
fix      = "aws ecs update-service --region {region} --cluster {cluster_name} --service {name} --task-definition TASK_DEFINITION_THAT_WORKS"
references = [
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages.html",
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html",
]

[fixes]
placement = "aws ecs describe-services --region {region} --cluster {cluster_name} --services {name} --query 'services[0].events[:5]'"
throttled = "aws ecs describe-services --region {region} --cluster {cluster_name} --services {name} --query 'services[0].events[:5]'"

[frameworks]
soc2 = ["A1.2", "CC7.2"]

[reasons]
stable             = "its deployment is complete, and all of its tasks run"
rollout_failed     = "its deployment failed"
rollout_stuck      = "its deployment goes on for too long, or its tasks do not start"
rolled_back        = "its last deployment was taken back: the old version runs"
rollback_failed    = "its last deployment failed, and going back failed too"
deployment_stopped = "its last deployment was stopped before its end"
placement          = "there is no place for its tasks"
throttled          = "ECS is held up by limits of AWS and cannot start its tasks"
deploying          = "a deployment goes on"
unsettled          = "its deployment is complete, and not all of its tasks run; it does not say why"
no_rollout_state   = "AWS tells no state of its deployment"
no_task_set        = "no task set serves"

[params.max_minutes]
default = 60
doc     = "Minutes that a deployment may take; the steps and the waiting that were configured come on top."

[params.failed_tasks]
default = 1
doc     = "Tasks in a row that did not start, from which a deployment counts as stuck."
---*/
with said as (
    select
        s.arn, s.account_id,
        coalesce(
            (
                select max(e.created_at)
                from aws_ecs_service_event as e
                where e.arn = s.arn and e.account_id = s.account_id and e.message like '%has reached a steady state%'
            ),
            ''
        ) as steady_at
    from aws_ecs_service as s
),
service as (
    select
        s.*, i.steady_at,
        julianday(clock.started_at) as now,
        d.deployment_id, d.rollout_state, d.rollout_state_reason, d.failed_tasks, d.created_at as deployed_at,
        (julianday(clock.started_at) - julianday(d.created_at)) * 1440 as minutes,
        (
            select count(*)
            from aws_ecs_deployment as o
            where o.arn = s.arn and o.account_id = s.account_id and o.status <> 'INACTIVE'
        ) as deployment_count,
        t.task_set_id, t.stability_status, t.computed_desired_count,
        t.running_count as set_running_count, t.pending_count as set_pending_count,
        (julianday(clock.started_at) - julianday(t.stability_status_at)) * 1440 as set_minutes,
        case when s.service_deployment_count is null then null when n.arn is null then '' else n.status end as last_status,
        n.status_reason as last_status_reason, n.rollback_reason, n.finished_at as last_finished_at,
        -- Only deployments that shift traffic have hooks that wait for somebody.
        case
            when s.deployment_strategy = 'ROLLING' then 0
            when s.service_deployment_count is null or s.deployment_strategy is null then null
            when n.arn is null then 0
            else n.is_waiting_for_someone
        end as is_waiting,
        (
            select e.message
            from aws_ecs_service_event as e
            where e.arn = s.arn and e.account_id = s.account_id and e.created_at > i.steady_at
                and (e.message like '%unable to place a task%' or e.message like '%operations are being throttled%')
            order by e.created_at desc, e.event_id
            limit 1
        ) as held_up_by
    from aws_ecs_service as s
    cross join snapshot as clock
    join said as i on i.arn = s.arn and i.account_id = s.account_id
    left join aws_ecs_deployment as d on d.arn = s.arn and d.account_id = s.account_id and d.status = 'PRIMARY'
    left join aws_ecs_task_set as t on t.arn = s.arn and t.account_id = s.account_id and t.status = 'PRIMARY'
    left join aws_ecs_service_deployment as n on n.arn = s.arn and n.account_id = s.account_id and n.is_newest
),
judged as (
    select
        s.*,
        case
            when s.deployment_controller is null then null
            when s.deployment_controller <> 'ECS' then
                case
                    when s.task_set_id is null then 'no_task_set'
                    when s.set_running_count < s.computed_desired_count and s.held_up_by is not null then 'held_up'
                    when s.stability_status = 'STEADY_STATE' then
                        iif(s.set_running_count = s.computed_desired_count and s.set_pending_count = 0, 'stable', 'unsettled')
                    when s.stability_status = 'STABILIZING' then iif(s.set_minutes > :max_minutes, 'rollout_stuck', 'deploying')
                end
            when s.rollout_state is null and s.deployment_id is not null then null
            when s.rollout_state = 'FAILED' then 'rollout_failed'
            when s.last_status = 'ROLLBACK_FAILED' then 'rollback_failed'
            when s.running_count < s.desired_count and s.held_up_by is not null then 'held_up'
            when s.rollout_state = 'IN_PROGRESS' then
                case
                    when s.minutes > :max_minutes + s.bake_minutes or s.failed_tasks >= :failed_tasks then
                        case s.is_waiting when 0 then 'rollout_stuck' when 1 then 'deploying' end
                    else 'deploying'
                end
            when s.rollout_state = 'COMPLETED' then
                case
                    when s.last_status is null then null
                    when s.last_status = 'ROLLBACK_SUCCESSFUL' then 'rolled_back'
                    when s.last_status = 'STOPPED' then 'deployment_stopped'
                    when s.last_status not in ('', 'SUCCESSFUL') or s.deployment_count > 1 then 'deploying'
                    when s.running_count = s.desired_count and s.pending_count = 0 then 'stable'
                    else 'unsettled'
                end
            -- Behind a Classic Load Balancer AWS tells no state, and the event has to do.
            when s.rollout_state = '' and s.last_status in ('', 'SUCCESSFUL') and s.deployment_count = 1 and s.pending_count = 0
                and s.running_count = s.desired_count and s.steady_at >= s.deployed_at then 'stable'
            else 'no_rollout_state'
        end as found
    from service as s
)
select
    j.arn as resource,
    j.account_id,
    case when j.status in ('DRAINING', 'INACTIVE') then 0 when j.status = 'ACTIVE' then j.desired_count > 0 end as applies,
    case
        when j.found = 'stable' then 1
        when j.found in ('held_up', 'rollout_failed', 'rollout_stuck', 'rolled_back', 'rollback_failed', 'deployment_stopped') then 0
    end as ok,
    iif(j.found = 'held_up', iif(j.held_up_by like '%unable to place a task%', 'placement', 'throttled'), j.found) as reason,
    printf('%d of %d tasks run', j.running_count, j.desired_count) as counts,
    j.name, j.cluster_name, j.desired_count, j.running_count, j.pending_count, j.task_definition, j.deployment_controller,
    j.rollout_state, j.rollout_state_reason, j.failed_tasks, j.deployed_at, j.last_status, j.last_status_reason, j.rollback_reason,
    j.last_finished_at, nullif(j.steady_at, '') as steady_at, j.held_up_by, j.stability_status, j.circuit_breaker
from judged as j
