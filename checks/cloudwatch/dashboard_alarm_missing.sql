/*---
title    = "Dashboard that shows an alarm that is not there"
severity = "low"
leg      = "working"
family   = "dashboard-alarms"
message  = "The dashboard {dashboards} shows the alarm {alarm_name}, which does not exist in {region}"
why      = """
An alarm on a dashboard tells at a glance that all is well. One that was renamed or deleted leaves a grey box, or a line that is
simply missing, and nobody misses a line."""
fix      = "aws cloudwatch describe-alarms --region {region} --alarm-name-prefix {alarm_name}  # name the alarm that is meant, or take it off the dashboard"
references = [
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html",
]

[frameworks]
soc2 = ["CC7.2"]

[reasons]
present               = "the alarm is there"
dashboard_dead_widget = "the alarm is not there"
---*/
select
    a.arn as resource,
    a.account_id,
    iif(max(d.widget_count is null), null, max(l.arn is not null)) as ok,
    case
        when max(d.widget_count is null) then null
        when max(l.arn is not null) then 'present'
        else 'dashboard_dead_widget'
    end as reason,
    a.alarm_name,
    group_concat(distinct d.name) as dashboards
from aws_cloudwatch_dashboard_alarm as a
join aws_cloudwatch_dashboard as d on d.arn = a.dashboard_arn and d.account_id = a.account_id
left join aws_cloudwatch_alarm as l on l.arn = a.arn and l.account_id = a.account_id and l.region = a.region
where a.alarm_account_id = a.account_id
group by a.arn, a.account_id
