/*---
title    = "Stack whose resources were changed beside it"
severity = "medium"
leg      = "working"
family   = "stack-drift"
message  = "{name}: {meaning}{drifted}"
why      = """
What somebody changes in the console is undone by the next deployment, or breaks it, and until then the template describes
something that is not there. This is AWS's own comparison, as it was last asked for; driftlead does not start one, since that
writes into the account. A stack that was never compared, or not since it changed, is not known to be as declared. AWS compares
only what a template states, and calls a stack of which it can compare nothing in sync."""
fix      = "aws cloudformation describe-stack-resource-drifts --region {region} --stack-name {resource} --stack-resource-drift-status-filters MODIFIED DELETED"
references = [
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html",
]

[fixes]
drift_never_checked = "aws cloudformation detect-stack-drift --region {region} --stack-name {resource}"
nothing_checked = "aws cloudformation list-stack-resources --region {region} --stack-name {resource}"

[frameworks]
"nist-800-53r5" = ["CM-2", "CM-6"]
soc2 = ["CC7.1"]

[reasons]
in_sync             = "what AWS compared is as declared"
drift               = "what AWS compared is not as declared"
nothing_checked     = "AWS calls it in sync and could compare none of its resources"
drift_never_checked = "nobody had AWS compare it since it was last changed, or lately"

[params.max_days]
default = 30
doc     = "Days after which a comparison is too old to tell anything."
---*/
with stack as (
    select
        s.*,
        case
            when s.drift_last_check_time = '' then 0
            else julianday(clock.started_at) - julianday(s.drift_last_check_time) <= :max_days
                and s.drift_last_check_time >= s.last_updated_time
        end as is_fresh,
        (
            select count(*)
            from aws_cloudformation_stack_resource as r
            where r.arn = s.arn and r.account_id = s.account_id and r.drift_status in ('IN_SYNC', 'MODIFIED', 'DELETED')
        ) as checked_count,
        (
            select count(*)
            from aws_cloudformation_stack_resource as r
            where r.arn = s.arn and r.account_id = s.account_id and r.drift_status is null
        ) as unread_count,
        (
            select json_group_array(json_object('logical_id', r.logical_id, 'type', r.resource_type, 'drift', r.drift_status))
            from (
                select x.logical_id, x.resource_type, x.drift_status
                from aws_cloudformation_stack_resource as x
                where x.arn = s.arn and x.account_id = s.account_id and x.drift_status in ('MODIFIED', 'DELETED')
                order by x.logical_id
            ) as r
        ) as drifted_resources
    from aws_cloudformation_stack as s
    cross join snapshot as clock
),
judged as (
    select
        s.*,
        case
            when s.drift_status = 'DRIFTED' and s.drift_last_check_time >= s.last_updated_time then 'drift'
            when s.drift_status in ('', 'NOT_CHECKED') then 'drift_never_checked'
            when s.drift_status in ('IN_SYNC', 'DRIFTED') and not s.is_fresh then 'drift_never_checked'
            when s.drift_status = 'IN_SYNC' and s.resource_count is null then null
            when s.drift_status = 'IN_SYNC' and s.checked_count > 0 then 'in_sync'
            when s.drift_status = 'IN_SYNC' and s.unread_count = 0 then 'nothing_checked'
        end as code
    from stack as s
)
select
    j.arn as resource,
    j.account_id,
    -- AWS compares in these states only.
    j.stack_status in (
        'CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'UPDATE_ROLLBACK_FAILED', 'IMPORT_COMPLETE',
        'IMPORT_ROLLBACK_COMPLETE'
    ) and j.resource_count > 0 as applies,
    case j.code when 'in_sync' then 1 when 'drift' then 0 end as ok,
    j.code as reason,
    case
        when j.code = 'drift' and j.drifted_resources <> '[]'
            then ' (' || (select group_concat(value ->> 'logical_id', ', ') from json_each(j.drifted_resources)) || ')'
        else ''
    end as drifted,
    j.name, j.drift_status, j.drift_last_check_time, j.last_updated_time, j.drifted_resources, j.checked_count
from judged as j
