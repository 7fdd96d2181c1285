/*---
title    = "Service whose health check cannot tell whether it works"
severity = "medium"
leg      = "configured"
family   = "ecs-stability"
message  = "{name} is asked for its health at {path}, and the answer cannot tell it: {meaning}"
why      = """
A stock web server has no page called /health. Asked for one it answers 404, and the load balancer has its tasks killed and replaced
for ever. The usual remedy is worse: when 404 counts as healthy, everything that listens on the port is healthy, whatever it is, and
the health check never fails again."""
fix      = "aws elbv2 modify-target-group --region {region} --target-group-arn {target_group_arn} --health-check-path PATH_THAT_THE_SERVICE_ANSWERS --matcher HttpCode=200"
references = [
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html",
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html",
]

[frameworks]
soc2 = ["A1.2"]

[reasons]
health_check_fits      = "nothing speaks against its health check"
health_path_not_served = "the container runs a stock web server, which has no such page"
matcher_too_wide       = "404, the answer of a page that is not there, counts as healthy"

[params.stock_servers]
default = ["nginx", "httpd"]
doc     = "Names of web servers that serve one page out of the box, as Docker's library has them."

[params.stock_paths]
default = ["", "/", "/index.html"]
doc     = "Paths that they answer."
---*/
with container as (
    select
        c.arn, c.account_id, c.name, c.image, c.has_command, c.mount_count,
        substr(c.image, 1, instr(c.image || '@', '@') - 1) as tagged
    from aws_ecs_task_definition_container as c
),
named as (
    select c.*, replace(c.tagged, rtrim(c.tagged, replace(c.tagged, '/', '')), '') as last_part
    from container as c
),
server as (
    select n.arn, n.account_id, n.name, n.image
    from named as n
    where not n.has_command and n.mount_count = 0
        and exists (
            select 1
            from json_each(:stock_servers) as p
            where substr(n.tagged, 1, length(n.tagged) - length(n.last_part)) || substr(n.last_part, 1, instr(n.last_part || ':', ':') - 1)
                in (
                    p.value, 'library/' || p.value, 'docker.io/' || p.value, 'docker.io/library/' || p.value,
                    'public.ecr.aws/docker/library/' || p.value, 'public.ecr.aws/nginx/' || p.value
                )
        )
),
asked as (
    select l.arn as service_arn, l.account_id, l.container_name, l.target_group_arn as group_arn
    from aws_ecs_service_load_balancer as l
    where l.target_group_arn <> ''
    union
    select l.arn, l.account_id, l.container_name, l.alternate_target_group_arn
    from aws_ecs_service_load_balancer as l
    where l.alternate_target_group_arn <> ''
),
checked as (
    select
        s.arn as service_arn, s.account_id, g.arn as group_arn, g.health_check_path, g.matcher_http_code, v.image,
        f.arn as definition_arn, f.container_definition_count,
        case
            when g.health_check_path in (select p.value from json_each(:stock_paths) as p) then 1
            when f.container_definition_count is null then null
            else v.name is null
        end as is_served,
        not exists (
            select 1
            from json_each('["' || replace(g.matcher_http_code, ',', '","') || '"]') as m
            where 404 between cast(m.value as integer)
                and cast(substr(m.value, instr(m.value, '-') + 1) as integer)
        ) as is_strict
    from aws_ecs_service as s
    join asked as a on a.service_arn = s.arn and a.account_id = s.account_id
    join aws_elbv2_target_group as g on g.arn = a.group_arn and g.account_id = a.account_id
    left join aws_ecs_task_set as t on t.arn = s.arn and t.account_id = s.account_id and t.status = 'PRIMARY'
    left join aws_ecs_task_definition as f on f.arn = coalesce(t.task_definition, s.task_definition) and f.account_id = s.account_id
    left join server as v on v.arn = f.arn and v.account_id = f.account_id and v.name = a.container_name
),
worst as (
    select
        *,
        row_number() over (
            partition by service_arn, account_id
            order by case when not is_strict then 0 when is_served = 0 then 1 when is_served is null then 2 else 3 end, group_arn
        ) as place
    from checked
)
select
    s.arn as resource,
    s.account_id,
    case when s.status in ('DRAINING', 'INACTIVE') then 0 when s.status = 'ACTIVE' then s.desired_count > 0 end as applies,
    w.is_strict and w.is_served as ok,
    case
        when not w.is_strict then 'matcher_too_wide'
        when w.is_served = 0 then 'health_path_not_served'
        when w.is_served = 1 then 'health_check_fits'
    end as reason,
    w.health_check_path as path,
    s.name, s.cluster_name, w.group_arn as target_group_arn, w.matcher_http_code, w.image, w.definition_arn as task_definition_arn
from aws_ecs_service as s
join worst as w on w.service_arn = s.arn and w.account_id = s.account_id and w.place = 1
