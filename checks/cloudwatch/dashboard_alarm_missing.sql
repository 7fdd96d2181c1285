/*---
title    = "Dashboard that shows an alarm that is not there"
severity = "low"
leg      = "working"
family   = "dashboard-alarms"
message  = "The dashboard {name} shows alarms that do not exist in {alarm_region}: {missing_alarms}"
why      = """
An alarm on a dashboard tells at a glance that all is well. One that was renamed or deleted leaves a grey box, or a line that is
simply missing, and nobody misses a line."""
fix      = "aws cloudwatch describe-alarms --region {alarm_region} --alarm-name-prefix {first_alarm}  # name the alarm that is meant, or take it off the dashboard"
references = [
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html",
]

[frameworks]
soc2 = ["CC7.2"]

[reasons]
present               = "every alarm that it shows is there"
dashboard_dead_widget = "an alarm that it shows is not there"
---*/
select
    a.arn as resource,
    a.account_id,
    iif(max(d.widget_count is null), null, min(l.arn is not null)) as ok,
    case
        when max(d.widget_count is null) then null
        when min(l.arn is not null) then 'present'
        else 'dashboard_dead_widget'
    end as reason,
    d.name,
    min(a.alarm_name) filter (where l.arn is null) as first_alarm,
    group_concat(a.alarm_name, ', ') filter (where l.arn is null) as missing_alarms,
    a.region as alarm_region
from aws_cloudwatch_dashboard_alarm as a
join aws_cloudwatch_dashboard as d on d.arn = a.arn and d.account_id = a.account_id
left join aws_cloudwatch_alarm as l on l.arn = a.alarm_arn and l.account_id = a.account_id and l.region = a.region
where a.alarm_account_id = a.account_id
group by a.arn, a.account_id, a.region
