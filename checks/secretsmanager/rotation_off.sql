/*---
title    = "Secret that nothing rotates in time"
severity = "medium"
leg      = "configured"
family   = "rotation"
message  = "{name} is not set to be rotated in time: {verdict}"
why      = """
A password that never changes works for whoever copied it once: from a log, a laptop or an old employee's notes. Rotation puts
an end to that, but only if it is turned on and its interval is as short as was agreed. A rotation that was turned off for an
incident and never on again leaves its old schedule behind, so a glance at the settings still shows one."""
fix      = "aws secretsmanager rotate-secret --region {region} --secret-id {resource} --rotation-lambda-arn {rotation_function} --rotation-rules AutomaticallyAfterDays={suggested_days}"
references = [
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html",
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html",
]

[fixes]
interval_too_long = "aws secretsmanager rotate-secret --region {region} --secret-id {resource} --no-rotate-immediately --rotation-rules AutomaticallyAfterDays={suggested_days}"

[frameworks]
fsbp = ["SecretsManager.1"]
"nist-800-53r5" = ["AC-2(1)", "AC-3(15)"]
"pci-dss-4.0.1" = ["8.3.9", "8.6.3"]
soc2 = ["CC6.1"]

[reasons]
rotation_on             = "rotation is on, and its interval is short enough"
rotation_never          = "rotation was never turned on"
rotation_off            = "rotation was on and was turned off"
interval_too_long       = "rotation is on, and more time passes from one to the next than is allowed"
schedule_not_understood = "rotation is on, and its schedule does not tell how much time can pass from one to the next"

[params.max_days]
default = 90
doc     = "Most days from one rotation to the next; 0: any interval will do."

[params.exempt]
default = []
doc     = "Names, with wildcards, of secrets that hold no credential, or one that cannot be rotated."
---*/
with cron as (
    select
        s.arn, s.account_id,
        '["' || replace(substr(s.rotation_schedule, 6, length(s.rotation_schedule) - 6), ' ', '","') || '"]' as fields
    from aws_secretsmanager_secret as s
    where s.rotation_schedule glob 'cron(*)'
),
schedule as (
    select
        arn, account_id,
        -- Never more days than this from one rotation to the next. Forms that skip months are left open.
        case
            when fields ->> '$[3]' <> '*' then null
            when fields ->> '$[2]' = '*' and fields ->> '$[4]' in ('?', '*') then 1
            when fields ->> '$[2]' = '?' and fields ->> '$[4]' not glob '*[#L]*' then 7
            when fields ->> '$[2]' = 'L' or cast(fields ->> '$[2]' as integer) between 1 and 28 then 31
        end as at_most_days
    from cron
    where json_valid(fields)
)
select
    s.arn as resource,
    s.account_id,
    s.deleted_date = '' and s.primary_region in ('', s.region)
        and not exists (select 1 from json_each(:exempt) as e where s.name glob e.value) as applies,
    case
        when s.rotation in ('never', 'off') then 0
        when s.rotation = 'on' and :max_days = 0 then 1
        when s.rotation = 'on' and s.rotation_interval_days is not null then s.rotation_interval_days <= :max_days
        when s.rotation = 'on' and c.at_most_days <= :max_days then 1
    end as ok,
    case
        when s.rotation = 'never' then 'rotation_never'
        when s.rotation = 'off' then 'rotation_off'
        when s.rotation = 'on' and :max_days = 0 then 'rotation_on'
        when s.rotation_interval_days > :max_days then 'interval_too_long'
        when s.rotation_interval_days <= :max_days or c.at_most_days <= :max_days then 'rotation_on'
        when s.rotation_schedule glob 'cron(*)' then 'schedule_not_understood'
    end as reason,
    -- Only the service can change what it owns.
    iif(s.owning_service = '', null, 'low') as severity,
    case s.rotation
        when 'never' then 'rotation was never turned on'
        when 'off' then 'rotation was turned off'
        else printf('it is rotated every %g days, and at most %d are allowed', s.rotation_interval_days, :max_days)
    end as verdict,
    iif(:max_days between 1 and 1000, :max_days, 30) as suggested_days,
    iif(s.rotation_lambda_arn = '', 'ROTATION_FUNCTION_ARN', s.rotation_lambda_arn) as rotation_function,
    s.name, s.owning_service, s.rotation, s.rotation_interval_days, s.rotation_schedule, c.at_most_days, s.last_changed_date
from aws_secretsmanager_secret as s
left join schedule as c on c.arn = s.arn and c.account_id = s.account_id
