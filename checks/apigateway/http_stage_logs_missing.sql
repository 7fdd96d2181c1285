/*---
title    = "HTTP API stage whose logs go nowhere"
severity = "medium"
leg      = "working"
family   = "log-delivery"
message  = "The stage {name} of {api_name} ({api_id}) is set to log, and nothing gets there: {meaning}{where_to}"
why      = """
A stage goes on serving when it cannot log. The group that its access log names may have been deleted since, or API Gateway may not
write to it any more; neither shows in the stage's own settings. The gap is found when somebody asks who called the API last
month."""
fix      = "aws logs create-log-group --region {region} --log-group-name {access_log_group}"
references = [
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html",
]

[fixes]
not_ingesting = "aws logs describe-resource-policies --region {region}"

[frameworks]
soc2 = ["CC7.2"]

[reasons]
deliverable       = "the group that access is logged to is there, and nothing says that it receives nothing"
log_group_missing = "the log group does not exist"
not_ingesting     = "requests were answered today, and the log group received nothing"
group_not_visible = "access is logged to a group of another account or region, which cannot be seen from here"
sent_to_firehose  = "access is logged to a delivery stream, which is not read"
---*/
with stage as (
    select
        s.*,
        g.arn as log_group_arn, m.requests_1d, b.incoming_bytes_1d, r.last_event_timestamp,
        instr(s.access_log_destination_arn, ':logs:' || s.region || ':' || s.account_id || ':') > 0 as is_group_here,
        m.requests_1d > 0 and b.incoming_bytes_1d = 0
            and case r.last_event_timestamp
                when '' then 1
                else julianday(clock.started_at) - julianday(r.last_event_timestamp) > 1
            end
            and julianday(clock.started_at) - julianday(g.creation_time) >= 1.0 / 24 as is_silent
    from aws_api_gatewayv2_stage as s
    cross join snapshot as clock
    left join aws_cloudwatch_log_group as g
        on g.name = s.access_log_group and g.account_id = s.account_id and g.region = s.region
    left join aws_api_gateway_stage_metric as m on m.arn = s.arn and m.account_id = s.account_id
    left join aws_cloudwatch_log_group_metric as b on b.arn = g.arn and b.account_id = g.account_id
    left join aws_cloudwatch_log_group_recency as r on r.arn = g.arn and r.account_id = g.account_id
)
select
    s.arn as resource,
    s.account_id,
    s.access_log_destination_arn <> '' as applies,
    case
        when s.access_log_group = '' or not s.is_group_here then null
        when s.log_group_arn is null or s.is_silent then 0
        when s.is_silent = 0 then 1
    end as ok,
    case
        when s.access_log_group = '' then 'sent_to_firehose'
        when not s.is_group_here then 'group_not_visible'
        when s.log_group_arn is null then 'log_group_missing'
        when s.is_silent then 'not_ingesting'
        when s.is_silent = 0 then 'deliverable'
    end as reason,
    iif(s.access_log_group = '', '', ' (' || s.access_log_group || ')') as where_to,
    a.name as api_name, a.stage_count,
    s.name, s.api_id, s.access_log_group, s.access_log_destination_arn, s.log_group_arn, s.requests_1d, s.incoming_bytes_1d,
    s.last_event_timestamp
from stage as s
left join aws_api_gatewayv2_api as a on a.api_id = s.api_id and a.account_id = s.account_id and a.region = s.region
