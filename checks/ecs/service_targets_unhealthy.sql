/*---
title    = "Service with no healthy target"
severity = "high"
leg      = "working"
family   = "ecs-stability"
message  = "{name} gets no traffic that it can serve: {meaning} ({group_name}{path_told}{codes})"
why      = """
A task that runs is not a task that serves. Whether it does is what the load balancer asks it every few seconds, and the state of its
target is the answer. A load balancer that finds all targets unhealthy sends traffic to all of them, so a look from outside can
still succeed now and then."""
fix      = "aws elbv2 describe-target-health --region {region} --target-group-arn {target_group_arn}"
references = [
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html",
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html",
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html",
]

[fixes]
targets_response_code_mismatch = "aws elbv2 modify-target-group --region {region} --target-group-arn {target_group_arn} --health-check-path PATH_THAT_THE_SERVICE_ANSWERS"
target_group_missing = "aws ecs update-service --region {region} --cluster {cluster_name} --service {name} --load-balancers targetGroupArn=TARGET_GROUP_ARN,containerName={container_name},containerPort={container_port}"

[frameworks]
soc2 = ["A1.2"]

[reasons]
targets_healthy                    = "all targets are healthy"
targets_response_code_mismatch     = "the health check gets an answer with the wrong code: a wrong path, or an image that is not the service's"
targets_timeout                    = "the health check gets no answer in time: a security group, a network ACL, or a hung process"
targets_failed_health_checks       = "the health check is refused or gets no proper answer: a wrong port, or nothing listens"
targets_internal_error             = "the load balancer fails to ask the targets: an error of its own"
targets_not_registered             = "no target is registered"
targets_not_in_use                 = "the target group is used by no load balancer, or by none that has the zone of the targets"
targets_invalid_state              = "the targets are stopped or terminated"
targets_ip_unusable                = "the addresses of the targets cannot be used: load balancers have them"
targets_deregistration_in_progress = "all targets are being taken out, and none comes in"
target_group_missing               = "its target group is gone"
targets_partly_healthy             = "some targets are healthy, and some tasks are not among them"
targets_registration_in_progress   = "its targets are being registered"
targets_initial_health_checking    = "its targets are being checked for the first time"
targets_health_check_disabled      = "health checks are off for its target group"
targets_unavailable                = "the load balancer does not know the health of its targets"
classic_load_balancer              = "it is behind a Classic Load Balancer, of which nothing is read"
too_new                            = "its deployment is so young that targets may still come up"

[params.grace_minutes]
default = 15
doc     = "Minutes after the beginning of a deployment in which targets need not be healthy yet."
---*/
with service as (
    select
        s.*,
        (julianday(clock.started_at) - julianday(coalesce(d.created_at, t.created_at))) * 1440 < :grace_minutes as is_new,
        -- Where CodeDeploy or somebody else is in charge, the task set that serves has the target group that counts.
        coalesce(
            (
                select l.task_set_id
                from aws_ecs_service_load_balancer as l
                where l.arn = s.arn and l.account_id = s.account_id and l.task_set_id = t.task_set_id
                limit 1
            ),
            ''
        ) as serving_set
    from aws_ecs_service as s
    cross join snapshot as clock
    left join aws_ecs_deployment as d on d.arn = s.arn and d.account_id = s.account_id and d.status = 'PRIMARY'
    left join aws_ecs_task_set as t on t.arn = s.arn and t.account_id = s.account_id and t.status = 'PRIMARY'
),
balancer as (
    select
        s.arn as service_arn, s.account_id, s.running_count, l.target_group_arn as pair, l.container_name, l.container_port,
        l.target_group_arn, l.alternate_target_group_arn, l.load_balancer_name
    from service as s
    join aws_ecs_service_load_balancer as l on l.arn = s.arn and l.account_id = s.account_id and l.task_set_id = s.serving_set
),
-- Of a blue/green pair one colour serves and the other is idle; which one, changes with every deployment.
colour as (
    select service_arn, account_id, running_count, pair, container_name, container_port, target_group_arn as group_arn
    from balancer
    where target_group_arn <> ''
    union
    select service_arn, account_id, running_count, pair, container_name, container_port, alternate_target_group_arn
    from balancer
    where alternate_target_group_arn <> ''
),
target as (
    select
        h.arn, h.account_id,
        count(*) filter (where h.state = 'healthy') as healthy,
        count(*) filter (where h.state is null or (h.reason is null and h.state <> 'healthy')) as unread,
        count(*) filter (where h.state in ('draining', 'unhealthy.draining')) as draining,
        count(*) filter (where h.state in ('initial', 'unavailable')) as undecided,
        count(*) as all_targets,
        min(iif(h.state in ('initial', 'unavailable'), h.reason, null)) as undecided_reason,
        min(iif(h.state in ('initial', 'unavailable'), h.state, null)) as undecided_state,
        min(h.description) filter (where h.state in ('unhealthy', 'unused')) as description
    from aws_elbv2_target_health as h
    group by h.arn, h.account_id
),
-- The reason that most of the bad ones have.
worst as (
    select
        h.arn, h.account_id, h.reason,
        row_number() over (partition by h.arn, h.account_id order by count(*) desc, h.reason) as place
    from aws_elbv2_target_health as h
    where h.state in ('unhealthy', 'unused')
    group by h.arn, h.account_id, h.reason
),
judged as (
    select
        c.*, g.name as group_name, g.health_check_path, g.matcher_http_code, g.target_count, t.healthy, t.draining, t.description,
        case
            when g.arn is null then 'target_group_missing'
            when g.target_count is null then null
            when t.healthy > 0 and t.healthy = t.all_targets - t.draining and t.healthy >= c.running_count then 'targets_healthy'
            when t.unread > 0 then null
            when t.healthy > 0 then 'targets_partly_healthy'
            when t.draining > 0 and t.draining = t.all_targets then 'targets_deregistration_in_progress'
            when t.arn is null then 'targets_not_registered'
            when t.undecided > 0 then
                case
                    when t.undecided_reason = 'Elb.RegistrationInProgress' then 'targets_registration_in_progress'
                    when t.undecided_state = 'initial' then 'targets_initial_health_checking'
                    when t.undecided_reason = 'Target.HealthCheckDisabled' then 'targets_health_check_disabled'
                    else 'targets_unavailable'
                end
            else
                case w.reason
                    when 'Target.ResponseCodeMismatch' then 'targets_response_code_mismatch'
                    when 'Target.Timeout' then 'targets_timeout'
                    when 'Target.FailedHealthChecks' then 'targets_failed_health_checks'
                    when 'Elb.InternalError' then 'targets_internal_error'
                    when 'Target.NotRegistered' then 'targets_not_registered'
                    when 'Target.NotInUse' then 'targets_not_in_use'
                    when 'Target.InvalidState' then 'targets_invalid_state'
                    when 'Target.IpUnusable' then 'targets_ip_unusable'
                end
        end as found
    from colour as c
    left join aws_elbv2_target_group as g on g.arn = c.group_arn and g.account_id = c.account_id
    left join target as t on t.arn = g.arn and t.account_id = g.account_id
    left join worst as w on w.arn = g.arn and w.account_id = g.account_id and w.place = 1
),
ranked as (
    select
        j.*,
        case
            when j.found = 'targets_healthy' then 0
            when j.found is null then 2
            when j.found in (
                'targets_partly_healthy', 'targets_registration_in_progress', 'targets_initial_health_checking',
                'targets_health_check_disabled', 'targets_unavailable'
            ) then 1
            -- What an idle colour looks like says least.
            when j.found in ('targets_not_in_use', 'targets_not_registered', 'targets_deregistration_in_progress') then 4
            else 3
        end as rank
    from judged as j
),
-- The better one of a pair counts, and then the worst pair.
pair as (
    select *, row_number() over (partition by service_arn, account_id, pair order by rank, group_arn) as place
    from ranked
),
worst_pair as (
    select
        *,
        row_number() over (
            partition by service_arn, account_id
            order by case when rank >= 3 then 0 when rank >= 1 then 1 else 2 end, pair
        ) as worst_place
    from pair
    where place = 1
)
select
    s.arn as resource,
    s.account_id,
    case
        when s.status in ('DRAINING', 'INACTIVE') then 0
        when s.status = 'ACTIVE' then s.desired_count > 0
            and exists (select 1 from balancer as b where b.service_arn = s.arn and b.account_id = s.account_id)
    end as applies,
    case when p.rank = 0 then 1 when p.rank >= 3 and coalesce(s.is_new, 0) = 0 then 0 end as ok,
    case
        when p.service_arn is null then 'classic_load_balancer'
        when p.rank >= 3 and s.is_new then 'too_new'
        else p.found
    end as reason,
    coalesce(p.group_name, p.group_arn) as group_name,
    iif(p.health_check_path = '' or p.health_check_path is null, '', ', asked for ' || p.health_check_path) as path_told,
    iif(p.description = '' or p.description is null, '', ': ' || p.description) as codes,
    s.name, s.cluster_name, p.group_arn as target_group_arn, p.container_name, p.container_port, p.health_check_path,
    p.matcher_http_code, p.target_count, p.healthy, p.draining, s.running_count, s.desired_count
from service as s
left join worst_pair as p on p.service_arn = s.arn and p.account_id = s.account_id and p.worst_place = 1
