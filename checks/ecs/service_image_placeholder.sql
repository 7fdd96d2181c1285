/*---
title    = "Service that runs a placeholder image"
severity = "high"
leg      = "configured"
family   = "ecs-stability"
message  = "{name} runs {image}, which is nobody's own: a page that says welcome, or nothing at all"
why      = """
Templates need an image before the first build has made one, so they start with nginx, httpd or a sample, and somebody means to
change it later. Until then the platform is green wherever only the infrastructure is looked at, and nothing that was to be built is
there. An image of one's own beside it, or a command or files of one's own in it, make it something else, and are not meant."""
fix      = "aws ecs update-service --region {region} --cluster {cluster_name} --service {name} --task-definition TASK_DEFINITION_WITH_YOUR_IMAGE"
references = [
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definitions.html",
]

[frameworks]
soc2 = ["CC8.1"]

[reasons]
own_image            = "a container that its tasks need runs an image of one's own, or a stock one with a command or files of one's own"
placeholder_image    = "its task definition names a stock image, and that is what its tasks run"
placeholder_not_seen = "its task definition names a stock image, and no task is there to see whether it runs"

[params.production]
default = false
doc     = "Whether it matters: in production a placeholder is high, elsewhere medium."

[params.stock_images]
default = ["nginx", "httpd", "hello-world", "busybox", "alpine"]
doc     = "Names of stock images, as Docker's library has them."

[params.placeholder_images]
default = [
    "amazon/amazon-ecs-sample", "*[/]amazon/amazon-ecs-sample", "public.ecr.aws/nginx/nginx", "public.ecr.aws/ecs-sample-image/*",
    "public.ecr.aws/aws-containers/ecsdemo-*", "mcr.microsoft.com/*samples*",
]
doc     = "Other images that stand for something to come, without tag; * matches anything."

[params.sidecars]
default = [
    "*aws-xray-daemon*", "*cloudwatch-agent*", "*fluent-bit*", "*aws-otel-collector*", "*aws-appmesh-envoy*", "*envoyproxy/envoy*",
    "*datadog/agent*", "*ecs-service-connect-agent*",
]
doc     = "Images that only serve another container, without tag; * matches anything."
---*/
with used as materialized (
    select s.arn, s.account_id, coalesce(t.task_definition, s.task_definition) as definition_arn
    from aws_ecs_service as s
    left join aws_ecs_task_set as t on t.arn = s.arn and t.account_id = s.account_id and t.status = 'PRIMARY'
),
container as (
    select
        c.arn, c.account_id, c.name, c.image, c.is_essential, c.has_command, c.mount_count,
        substr(c.image, 1, instr(c.image || '@', '@') - 1) as tagged
    from aws_ecs_task_definition_container as c
    -- An account keeps every revision that there ever was; few of them run.
    where c.arn in (select u.definition_arn from used as u)
),
named as (
    select c.*, replace(c.tagged, rtrim(c.tagged, replace(c.tagged, '/', '')), '') as last_part
    from container as c
),
repository as (
    select
        n.arn, n.account_id, n.name, n.image, n.is_essential, n.has_command, n.mount_count,
        substr(n.tagged, 1, length(n.tagged) - length(n.last_part)) || substr(n.last_part, 1, instr(n.last_part || ':', ':') - 1)
            as repository
    from named as n
),
judged_container as materialized (
    select
        r.*,
        exists (select 1 from json_each(:sidecars) as p where r.repository glob p.value) as is_sidecar,
        not r.has_command and r.mount_count = 0
            and (
                exists (
                    select 1
                    from json_each(:stock_images) as p
                    where r.repository in (p.value, 'library/' || p.value, 'docker.io/' || p.value)
                        or r.repository glob '*/library/' || p.value
                )
                or exists (select 1 from json_each(:placeholder_images) as p where r.repository glob p.value)
            ) as is_placeholder
    from repository as r
),
definition as materialized (
    select
        f.arn, f.account_id, f.container_definition_count,
        count(c.name) filter (where not c.is_sidecar and c.is_essential and not c.is_placeholder) as own,
        count(c.name) filter (where c.is_placeholder) as placeholders,
        min(iif(c.is_placeholder, c.image, null)) as image,
        min(iif(c.is_placeholder, c.name, null)) as container_name
    from aws_ecs_task_definition as f
    left join judged_container as c on c.arn = f.arn and c.account_id = f.account_id
    where f.arn in (select u.definition_arn from used as u)
    group by f.arn, f.account_id
),
service as (
    select
        s.*, f.container_definition_count, f.own, f.placeholders, f.image, f.container_name, f.arn as definition_arn,
        (
            select count(*)
            from aws_ecs_task as k
            join aws_ecs_task_container as c on c.arn = k.arn and c.account_id = k.account_id
            where k.cluster_arn = s.cluster_arn and k.service_name = s.name and k.account_id = s.account_id and k.region = s.region
                and k.task_definition_arn = f.arn and c.image = f.image
        ) as tasks_seen
    from aws_ecs_service as s
    left join aws_ecs_task_set as t on t.arn = s.arn and t.account_id = s.account_id and t.status = 'PRIMARY'
    left join definition as f on f.arn = coalesce(t.task_definition, s.task_definition) and f.account_id = s.account_id
)
select
    s.arn as resource,
    s.account_id,
    case when s.status in ('DRAINING', 'INACTIVE') then 0 when s.status = 'ACTIVE' then s.desired_count > 0 end as applies,
    case
        when s.container_definition_count is null then null
        when s.own > 0 or s.placeholders = 0 then 1
        when s.tasks_seen > 0 then 0
    end as ok,
    case
        when s.container_definition_count is null then null
        when s.own > 0 or s.placeholders = 0 then 'own_image'
        when s.tasks_seen > 0 then 'placeholder_image'
        else 'placeholder_not_seen'
    end as reason,
    iif(:production, 'high', 'medium') as severity,
    s.name, s.cluster_name, s.image, s.container_name, s.tasks_seen, s.definition_arn as task_definition_arn
from service as s
