/*---
title    = "Fargate service on an old platform"
severity = "medium"
leg      = "configured"
family   = "ecs-platform"
message  = "{name} stays on Fargate platform {platform_version}; {newest} is the oldest that AWS still keeps up"
why      = """
A platform version is the operating system and the runtime below a task. A service that names an old one gets no fixes for
them, however often it is deployed, and AWS ends old versions at a date of its own choosing."""
fix      = "aws ecs update-service --region {region} --cluster {cluster_name} --service {name} --platform-version LATEST --force-new-deployment"
references = [
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform_versions.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/ecs-controls.html",
]

[frameworks]
nist-800-53r5 = ["SI-2", "SI-2(2)", "SI-2(4)", "SI-2(5)"]
"pci-dss-4.0.1" = ["6.3.3"]
fsbp = ["ECS.10"]

[reasons]
platform_current = "it takes the newest platform, or one that is kept up"
platform_old     = "it names a platform version that is not kept up any more"

[params.oldest_linux]
default = "1.4.0"
doc     = "Oldest platform version for Linux that is kept up."

[params.oldest_windows]
default = "1.0.0"
doc     = "Oldest platform version for Windows that is kept up."
---*/
with service as (
    select
        s.*, iif(s.platform_family like 'Windows%', :oldest_windows, :oldest_linux) as newest
    from aws_ecs_service as s
),
compared as (
    select
        s.*,
        case
            when s.platform_version = 'LATEST' then 1
            -- Three numbers, compared one after the other: 1.10.0 is newer than 1.4.0.
            when s.platform_version glob '[0-9]*.[0-9]*.[0-9]*' then (
                select
                    json_extract(v.told, '$[0]') * 1000000 + json_extract(v.told, '$[1]') * 1000 + json_extract(v.told, '$[2]')
                        >= json_extract(v.wanted, '$[0]') * 1000000 + json_extract(v.wanted, '$[1]') * 1000 + json_extract(v.wanted, '$[2]')
                from (
                    select '[' || replace(s.platform_version, '.', ',') || ']' as told, '[' || replace(s.newest, '.', ',') || ']' as wanted
                ) as v
                where json_valid(v.told) and json_valid(v.wanted)
            )
        end as is_current
    from service as s
)
select
    c.arn as resource,
    c.account_id,
    c.status = 'ACTIVE' and c.platform_version <> '' as applies,
    c.is_current as ok,
    case c.is_current when 1 then 'platform_current' when 0 then 'platform_old' end as reason,
    c.name, c.cluster_name, c.platform_version, c.newest, c.platform_family, c.desired_count
from compared as c
