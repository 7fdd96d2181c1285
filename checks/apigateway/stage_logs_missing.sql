/*---
title    = "API stage whose logs go nowhere"
severity = "medium"
leg      = "working"
family   = "log-delivery"
message  = "The stage {name} of {api_name} ({rest_api_id}) is set to log, and nothing gets there: {meaning}{where_to}"
why      = """
A stage goes on serving when it cannot log. The group that its access log names may have been deleted since, and without a role
in the account's settings API Gateway may not write at all; neither shows in the stage's own settings. The gap is found when
somebody asks who called the API last month."""
fix      = "aws logs create-log-group --region {region} --log-group-name {access_log_group}"
references = [
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    "https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateAccount.html",
]

[fixes]
not_ingesting = "aws logs describe-resource-policies --region {region}"
no_cloudwatch_role = "aws apigateway update-account --region {region} --patch-operations op=replace,path=/cloudwatchRoleArn,value=ROLE_ARN"

[frameworks]
soc2 = ["CC7.2"]

[reasons]
deliverable        = "API Gateway has a role to log with, the group that access is logged to is there, and nothing says that it receives nothing"
log_group_missing  = "the log group does not exist"
not_ingesting      = "requests were answered today, and the log group received nothing"
no_cloudwatch_role = "API Gateway has no role in this region with which it could log"
group_not_visible  = "access is logged to a group of another account or region, which cannot be seen from here"
sent_to_firehose   = "access is logged to a delivery stream, which is not read"
---*/
with stage as (
    select
        s.*,
        g.arn as log_group_arn,
        s.access_log_destination_arn <> '' as logs_access,
        instr(s.access_log_destination_arn, ':logs:' || s.region || ':' || s.account_id || ':') > 0 as is_group_here,
        c.cloudwatch_role_arn, m.requests_1d, b.incoming_bytes_1d, r.last_event_timestamp,
        -- REST APIs of one name are counted together, so their number says nothing of one of them.
        s.access_log_group <> '' and m.is_own and m.requests_1d > 0 and b.incoming_bytes_1d = 0
            and case r.last_event_timestamp
                when '' then 1
                else julianday(clock.started_at) - julianday(r.last_event_timestamp) > 1
            end
            and julianday(clock.started_at) - julianday(g.creation_time) >= 1.0 / 24 as is_silent
    from aws_api_gateway_stage as s
    cross join snapshot as clock
    left join aws_api_gateway_account_settings as c on c.account_id = s.account_id and c.region = s.region
    left join aws_cloudwatch_log_group as g
        on g.name = s.access_log_group and g.account_id = s.account_id and g.region = s.region
    left join aws_api_gateway_stage_metric as m on m.arn = s.arn and m.account_id = s.account_id
    left join aws_cloudwatch_log_group_metric as b on b.arn = g.arn and b.account_id = g.account_id
    left join aws_cloudwatch_log_group_recency as r on r.arn = g.arn and r.account_id = g.account_id
)
select
    s.arn as resource,
    s.account_id,
    s.logs_access or s.execution_logging as applies,
    -- A delivery stream is written to without the role.
    case
        when (s.execution_logging or s.access_log_group <> '') and s.cloudwatch_role_arn = '' then 0
        when s.access_log_group <> '' and s.is_group_here and s.log_group_arn is null then 0
        when s.logs_access and not s.is_group_here then null
        when s.is_silent then 0
        when s.cloudwatch_role_arn <> '' and s.is_silent = 0 then 1
    end as ok,
    case
        when (s.execution_logging or s.access_log_group <> '') and s.cloudwatch_role_arn = '' then 'no_cloudwatch_role'
        when s.access_log_group <> '' and s.is_group_here and s.log_group_arn is null then 'log_group_missing'
        when s.logs_access and s.access_log_group = '' then 'sent_to_firehose'
        when s.logs_access and not s.is_group_here then 'group_not_visible'
        when s.is_silent then 'not_ingesting'
        when s.cloudwatch_role_arn <> '' and s.is_silent = 0 then 'deliverable'
    end as reason,
    iif(s.access_log_group = '', '', ' (' || s.access_log_group || ')') as where_to,
    a.name as api_name, a.stage_count,
    s.name, s.rest_api_id, s.access_log_group, s.access_log_destination_arn, s.log_group_arn, s.execution_logging,
    s.logging_levels, s.cloudwatch_role_arn, s.requests_1d, s.incoming_bytes_1d, s.last_event_timestamp
from stage as s
left join aws_api_gateway_rest_api as a on a.rest_api_id = s.rest_api_id and a.account_id = s.account_id and a.region = s.region
