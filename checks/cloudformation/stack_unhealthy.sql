/*---
title    = "Stack that did not get where it was to get"
severity = "high"
leg      = "working"
family   = "stack-state"
volatile = ["hours_in_state"]
message  = "The stack {name} is in {stack_status}: {meaning}{cause}"
why      = """
A stack that failed looks complete in a list of names. What runs is then something else than what the template says: the version
before, a half of it, or nothing at all. The next deployment starts from there, and a stack that cannot even roll back takes none
until somebody repairs it by hand."""
fix      = "aws cloudformation describe-stack-events --region {region} --stack-name {resource} --query 'StackEvents[?ends_with(ResourceStatus, `FAILED`)]'"
references = [
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html",
]

[fixes]
rollback_complete = "aws cloudformation delete-stack --region {region} --stack-name {resource}  # nothing of it is in use; then deploy again"
stack_update_rollback_failed = "aws cloudformation continue-update-rollback --region {region} --stack-name {resource}  # mend what stopped it first"
stack_delete_failed = "aws cloudformation delete-stack --region {region} --stack-name {resource}  # mend what stopped it first, or keep it with --retain-resources"
empty_stack = "aws cloudformation delete-stack --region {region} --stack-name {resource}  # it has only a change set"

[frameworks]
"nist-800-53r5" = ["CM-3"]
soc2 = ["CC8.1"]

[reasons]
complete                    = "its last operation came to its end"
in_review                   = "it is a change set that waits for somebody, and has nothing in it yet"
in_progress                 = "an operation is under way"
rollback_complete           = "its creation failed and was undone; nothing of it can be used, and all that can be done with it is to delete it"
stack_create_failed         = "its creation failed, and what was made until then is still there"
stack_rollback_failed       = "its creation failed, and so did undoing it"
stack_update_failed         = "its update failed, and was not undone"
stack_update_rollback_failed = "its update failed, and so did undoing it: it takes no other update until that is mended"
stack_delete_failed         = "its deletion failed, and a part of it is still there"
stack_import_rollback_failed = "taking resources into it failed, and so did undoing that"
last_update_rolled_back     = "its last update failed and was undone: what runs is the version before"
stuck                       = "an operation has been under way for longer than any should take"
empty_stack                 = "it is a change set that nobody carried out for a week"

[params.max_hours]
default = 24
doc     = "Hours that an operation may take."

[params.max_certificate_hours]
default = 72
doc     = "Hours that an operation may take while a certificate waits for its validation."

[params.max_review_days]
default = 7
doc     = "Days that a new stack's first change set may wait."
---*/
with stack as (
    select
        s.*,
        (
            julianday(clock.started_at)
            - max(
                julianday(s.creation_time),
                coalesce(julianday(s.last_updated_time), 0),
                coalesce(julianday(s.deletion_time), 0)
            )
        ) * 24 as hours,
        iif(
            s.resource_count is null,
            null,
            exists (
                select 1
                from aws_cloudformation_stack_resource as r
                where r.arn = s.arn and r.account_id = s.account_id and r.resource_type = 'AWS::CertificateManager::Certificate'
                    and coalesce(r.resource_status, '_IN_PROGRESS') like '%!_IN!_PROGRESS' escape '!'
            )
        ) as is_certificate
    from aws_cloudformation_stack as s
    cross join snapshot as clock
),
judged as (
    select
        s.*,
        case
            when s.stack_status = 'REVIEW_IN_PROGRESS' then iif(s.hours > :max_review_days * 24, 'empty_stack', 'in_review')
            when s.stack_status like '%!_IN!_PROGRESS' escape '!' then case
                when s.hours <= :max_hours then 'in_progress'
                when s.hours > :max_hours and s.hours > :max_certificate_hours then 'stuck'
                when s.is_certificate = 0 then 'stuck'
                when s.is_certificate = 1 then 'in_progress'
            end
            when s.stack_status in ('UPDATE_ROLLBACK_COMPLETE', 'IMPORT_ROLLBACK_COMPLETE') then 'last_update_rolled_back'
            when s.stack_status = 'ROLLBACK_COMPLETE' then 'rollback_complete'
            when s.stack_status in ('CREATE_COMPLETE', 'UPDATE_COMPLETE', 'IMPORT_COMPLETE') then 'complete'
            when s.stack_status in (
                'CREATE_FAILED', 'ROLLBACK_FAILED', 'UPDATE_FAILED', 'UPDATE_ROLLBACK_FAILED', 'DELETE_FAILED',
                'IMPORT_ROLLBACK_FAILED'
            ) then 'stack_' || lower(s.stack_status)
        end as code
    from stack as s
)
select
    j.arn as resource,
    j.account_id,
    j.stack_status <> 'DELETE_COMPLETE' as applies,
    case
        when j.code in ('complete', 'in_review') then 1
        when j.code = 'in_progress' then null
        when j.code is not null then 0
    end as ok,
    j.code as reason,
    case
        when j.code in ('last_update_rolled_back', 'rollback_complete', 'stuck') then 'medium'
        when j.code = 'empty_stack' then 'low'
        else 'high'
    end as severity,
    case
        when j.failed_reason <> '' then ' (' || j.failed_logical_id || ': ' || j.failed_reason || ')'
        when j.stack_status_reason <> '' then ' (' || j.stack_status_reason || ')'
        else ''
    end as cause,
    j.name, j.stack_status, j.stack_status_reason, j.failed_logical_id, j.failed_resource_type, j.failed_reason,
    j.creation_time, j.last_updated_time, cast(j.hours as integer) as hours_in_state, j.parent_arn
from judged as j
