/*---
title    = "Rotation that is on and does not happen"
severity = "high"
leg      = "working"
family   = "rotation"
volatile = ["days_past_due", "dates"]
message  = "{name} is set to be rotated, and that does not work: {meaning} ({dates})"
why      = """
Whoever reads the settings sees that rotation is on and stops asking. Whether the password really changed is told by dates, by
the versions that a rotation leaves behind, and by the function that does the work: when that is gone, switched off or may not
be called, each attempt fails quietly and the old password stays valid. A rotation that got stuck half-way blocks all later
ones."""
fix      = "aws secretsmanager rotate-secret --region {region} --secret-id {resource}"
references = [
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot_rotation.html",
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html",
]

[fixes]
stuck_pending = "aws secretsmanager update-secret-version-stage --region {region} --secret-id {resource} --version-stage AWSPENDING --remove-from-version-id {pending_version_id}"
lambda_missing = "aws secretsmanager rotate-secret --region {region} --secret-id {resource} --rotation-lambda-arn ROTATION_FUNCTION_ARN"
lambda_failed = "aws lambda get-function-configuration --region {region} --function-name {rotation_function_arn}"
lambda_inactive = "aws lambda get-function-configuration --region {region} --function-name {rotation_function_arn}"
lambda_update_failed = "aws lambda get-function-configuration --region {region} --function-name {rotation_function_arn}"
lambda_disabled = "aws lambda delete-function-concurrency --region {region} --function-name {rotation_function_arn}"
lambda_not_invokable = "aws lambda add-permission --region {region} --function-name {rotation_function_arn} --statement-id SecretsManagerRotation --action lambda:InvokeFunction --principal secretsmanager.amazonaws.com --source-account {account}"

[frameworks]
fsbp = ["SecretsManager.2", "SecretsManager.4"]
"nist-800-53r5" = ["AC-2(1)", "AC-3(15)"]
"pci-dss-4.0.1" = ["8.3.9", "8.6.3"]
soc2 = ["CC6.1"]

[reasons]
rotated              = "it was rotated in time, and what rotates it is in order"
not_yet_due          = "it was not rotated yet, and need not have been"
no_due_date          = "AWS tells neither a date for the next rotation nor an interval"
never_rotated        = "it was never rotated, and should have been"
overdue              = "the date of its next rotation is past"
not_invoked          = "the date of its next rotation is past, and the rotation function was not even called"
stuck_pending        = "a rotation began more than a day ago and did not end; until it is cleared away no other can begin"
lambda_missing       = "the rotation function is gone"
lambda_failed        = "the rotation function is in the state Failed"
lambda_inactive      = "the rotation function is in the state Inactive: the first call fails while Lambda wakes it"
lambda_update_failed = "the last update of the rotation function failed"
lambda_disabled      = "the rotation function is switched off: its reserved concurrency is 0"
lambda_not_invokable = "nothing in the rotation function's policy lets Secrets Manager call it"
function_not_visible = "the rotation function is in another account, which cannot be seen from here"
---*/
with rotation as materialized (
    select
        s.*,
        julianday(clock.started_at) as now,
        -- Rotations begin within a window, and one late day is no failure.
        max(24.0, s.rotation_window_hours) / 24 as grace_days,
        case
            when s.next_rotation_date <> '' then julianday(s.next_rotation_date)
            else julianday(iif(s.last_rotated_date = '', s.created_date, s.last_rotated_date)) + s.rotation_interval_days
        end as due,
        -- A service that owns a secret rotates it without a function of this account.
        s.owning_service = '' and s.rotation_function_arn <> '' as has_function,
        instr(s.rotation_function_arn, ':lambda:' || s.region || ':' || s.account_id || ':') > 0 as is_function_here,
        f.arn as function_arn, f.state, f.state_reason_code, f.last_update_status, f.last_update_status_reason,
        f.reserved_concurrency, f.code_size, m.invocations_14d, m.errors_14d,
        case
            -- An alias or a version has a policy of its own, which is not read.
            when s.rotation_lambda_arn <> s.rotation_function_arn then 1
            when f.policy_statement_count is null then null
            else exists (
                select 1
                from aws_lambda_function_policy_statement as p
                where p.arn = f.arn and p.account_id = f.account_id and p.effect = 'Allow'
                    and (
                        p.is_for_anyone
                        or exists (
                            select 1
                            from json_each(p.principals) as who
                            where who.value in ('*', 'Service:*', 'Service:secretsmanager.amazonaws.com')
                        )
                    )
                    and (
                        exists (select 1 from json_each(p.actions) as a where 'lambda:invokefunction' glob a.value)
                        or (
                            p.not_actions <> '[]'
                            and not exists (
                                select 1 from json_each(p.not_actions) as a where 'lambda:invokefunction' glob a.value
                            )
                        )
                    )
            )
        end as is_invokable
    from aws_secretsmanager_secret as s
    cross join snapshot as clock
    left join aws_lambda_function as f
        on f.arn = s.rotation_function_arn and f.account_id = s.account_id and f.region = s.region
    left join aws_lambda_function_metric as m on m.arn = f.arn and m.account_id = f.account_id
),
pending as (
    select
        r.arn, r.account_id, v.version_id, v.has_value,
        -- A version without a value has no date; its rotation touched the secret last, or somebody did later.
        r.now - julianday(case v.created_date when '' then r.last_changed_date else v.created_date end) > 1 as is_old
    from rotation as r
    join aws_secretsmanager_secret_version as v on v.arn = r.arn and v.account_id = r.account_id
    where v.is_pending and not v.is_current
),
stuck as materialized (
    select
        arn, account_id,
        coalesce(max(is_old), 0) or iif(count(is_old) < count(*), null, 0) as is_stuck,
        min(version_id) filter (where is_old) as pending_version_id
    from pending
    group by arn, account_id
),
judged as (
    select
        r.*,
        case
            when not r.has_function then 1
            when not r.is_function_here then null
            when r.function_arn is null then 0
            else r.state not in ('Failed', 'Inactive') and r.last_update_status <> 'Failed' and r.reserved_concurrency <> 0
                and r.is_invokable
        end as is_function_fine,
        iif(r.version_count is null, null, iif(p.arn is null, 0, p.is_stuck)) as is_stuck,
        p.pending_version_id,
        r.now > r.due + r.grace_days as is_overdue
    from rotation as r
    left join stuck as p on p.arn = r.arn and p.account_id = r.account_id
)
select
    j.arn as resource,
    j.account_id,
    j.deleted_date = '' and j.rotation = 'on' and j.primary_region in ('', j.region) as applies,
    j.is_function_fine and not j.is_stuck and not j.is_overdue and iif(j.last_rotated_date = '', null, 1) as ok,
    case
        when j.has_function and j.is_function_here and j.function_arn is null then 'lambda_missing'
        when j.has_function and j.state = 'Failed' then 'lambda_failed'
        when j.has_function and j.reserved_concurrency = 0 then 'lambda_disabled'
        when j.has_function and j.function_arn is not null and j.is_invokable = 0 then 'lambda_not_invokable'
        when j.has_function and j.last_update_status = 'Failed' then 'lambda_update_failed'
        when j.has_function and j.state = 'Inactive' then 'lambda_inactive'
        when j.is_stuck then 'stuck_pending'
        when j.is_overdue and j.has_function and j.now - j.due <= 14 and j.invocations_14d = 0 then 'not_invoked'
        when j.is_overdue then iif(j.last_rotated_date = '', 'never_rotated', 'overdue')
        when j.has_function and not j.is_function_here then 'function_not_visible'
        when j.is_function_fine is null or j.is_stuck is null then null
        when j.is_overdue is null then 'no_due_date'
        else iif(j.last_rotated_date = '', 'not_yet_due', 'rotated')
    end as reason,
    -- Lambda puts a function to sleep that nobody called for weeks; a second attempt finds it awake.
    case
        when j.is_overdue = 0 and j.is_stuck = 0 and j.state = 'Inactive' and j.state_reason_code = 'Idle'
            and j.reserved_concurrency <> 0 and j.last_update_status <> 'Failed' and j.is_invokable then 'low'
    end as severity,
    iif(j.last_rotated_date = '', 'never rotated', 'last rotated on ' || substr(j.last_rotated_date, 1, 10))
        || coalesce(', due on ' || date(j.due), '') as dates,
    cast(j.now - j.due as integer) as days_past_due,
    j.name, j.owning_service, j.rotation_interval_days, j.rotation_schedule, j.rotation_window_hours,
    j.created_date, j.last_changed_date, j.last_rotated_date, j.next_rotation_date, j.pending_version_id,
    j.rotation_lambda_arn, j.rotation_function_arn, j.state, j.state_reason_code, j.last_update_status,
    j.last_update_status_reason, j.reserved_concurrency, j.code_size, j.invocations_14d, j.errors_14d
from judged as j
