/*---
title    = "Cluster without Container Insights"
severity = "medium"
leg      = "configured"
family   = "ecs-insights"
message  = "{name}: {meaning}"
why      = """
Without Container Insights CloudWatch knows the load of a service and not how many of its tasks run, wait or restart. A crash loop
then leaves no trace after an hour, when ECS forgets the tasks that stopped."""
fix      = "aws ecs update-cluster-settings --region {region} --cluster {name} --settings name=containerInsights,value=enhanced"
references = [
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/ecs-controls.html",
]

[frameworks]
fsbp = ["ECS.12"]
"nist-800-53r5" = ["AU-6(3)", "AU-6(4)", "CA-7", "SI-2"]

[reasons]
insights_enhanced = "Container Insights is on, with what it tells of tasks and containers"
not_enhanced      = "Container Insights is on in its older form, which tells nothing of single tasks and containers"
insights_off      = "Container Insights is off"
---*/
select
    c.arn as resource,
    c.account_id,
    case c.status when 'ACTIVE' then 1 when 'INACTIVE' then 0 when 'DEPROVISIONING' then 0 when 'PROVISIONING' then 0 when 'FAILED' then 0 end
        as applies,
    case c.container_insights when 'enhanced' then 1 when 'enabled' then 0 when 'disabled' then 0 end as ok,
    case c.container_insights
        when 'enhanced' then 'insights_enhanced' when 'enabled' then 'not_enhanced' when 'disabled' then 'insights_off'
    end as reason,
    -- AWS still supports the older form.
    case c.container_insights when 'enabled' then 'info' end as severity,
    c.name, c.container_insights, c.active_service_count, c.running_task_count
from aws_ecs_cluster as c
