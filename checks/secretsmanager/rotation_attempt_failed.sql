/*---
title    = "Rotation whose last attempt failed"
severity = "high"
leg      = "working"
family   = "rotation"
volatile = ["success_at", "day", "failed_at", "abandoned_at", "times_abandoned"]
message  = "{name} was to be rotated on {day}, and that did not work: {meaning}{in_words}"
why      = """
Secrets Manager tries again after a failure, and says so in CloudTrail and nowhere else. Until a rotation goes through, the old
password is the one in use, however often the settings say 30 days. An attempt that is abandoned again and again means that
something else writes new versions of the secret while it is being rotated."""
fix      = "aws cloudtrail lookup-events --region {region} --lookup-attributes AttributeKey=EventName,AttributeValue={event_name} && aws secretsmanager rotate-secret --region {region} --secret-id {resource}"
references = [
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot_rotation.html",
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html",
]

[frameworks]
fsbp = ["SecretsManager.2"]
"nist-800-53r5" = ["AC-2(1)", "AC-3(15)"]
"pci-dss-4.0.1" = ["8.3.9", "8.6.3"]
soc2 = ["CC6.1"]

[reasons]
rotation_succeeded = "the last attempt that is known of went through"
rotation_failed    = "the last attempt failed"
abandoned          = "attempts were given up, since something else wrote new versions meanwhile"
under_way          = "attempts have begun, and how they ended is not known"

[params.abandoned_times]
default = 2
doc     = "Attempts given up since the last success from which on that is a finding."
---*/
with success as (
    -- CloudTrail can be a quarter of an hour late; the secret itself says when a rotation came to its end.
    select
        s.arn, s.account_id, s.region,
        max(s.last_rotated_date, coalesce(max(e.event_time) filter (where e.event_name = 'RotationSucceeded'), '')) as success_at
    from aws_secretsmanager_secret as s
    left join aws_secretsmanager_rotation_event as e on e.arn = s.arn and e.account_id = s.account_id and e.region = s.region
    group by s.arn, s.account_id, s.region
),
counted as (
    select
        s.arn, s.account_id, s.region, s.success_at,
        count(e.event_id) as events,
        max(e.event_time) filter (where e.event_name = 'RotationFailed' and e.event_time > s.success_at) as failed_at,
        max(e.event_time) filter (where e.event_name = 'RotationAbandoned' and e.event_time > s.success_at) as abandoned_at,
        count(*) filter (where e.event_name = 'RotationAbandoned' and e.event_time > s.success_at) as times_abandoned,
        count(*) filter (where e.event_time > s.success_at) as events_since
    from success as s
    left join aws_secretsmanager_rotation_event as e on e.arn = s.arn and e.account_id = s.account_id and e.region = s.region
    group by s.arn, s.account_id, s.region, s.success_at
),
judged as (
    select
        s.*,
        c.events, c.events_since, c.success_at, c.failed_at, c.abandoned_at, c.times_abandoned,
        coalesce(
            (
                select e.message
                from aws_secretsmanager_rotation_event as e
                where e.arn = s.arn and e.account_id = s.account_id and e.region = s.region
                    and e.event_name = 'RotationFailed' and e.event_time = c.failed_at
                order by e.event_id
                limit 1
            ),
            ''
        ) as failure
    from aws_secretsmanager_secret as s
    join counted as c on c.arn = s.arn and c.account_id = s.account_id and c.region = s.region
)
select
    j.arn as resource,
    j.account_id,
    -- Without an event nothing is known of any attempt, and silence proves nothing.
    j.deleted_date = '' and j.rotation = 'on' and j.primary_region in ('', j.region) and j.events > 0 as applies,
    case
        when j.failed_at is not null or j.times_abandoned >= :abandoned_times then 0
        when j.events_since = 0 then 1
    end as ok,
    case
        when j.failed_at is not null then 'rotation_failed'
        when j.times_abandoned >= :abandoned_times then 'abandoned'
        when j.events_since = 0 then 'rotation_succeeded'
        else 'under_way'
    end as reason,
    substr(coalesce(j.failed_at, j.abandoned_at, ''), 1, 10) as day,
    iif(j.failed_at is null and j.times_abandoned > 0, 'RotationAbandoned', 'RotationFailed') as event_name,
    iif(j.failure = '', '', ' (' || j.failure || ')') as in_words,
    j.name, j.owning_service, j.failed_at, j.abandoned_at, j.times_abandoned, j.success_at, j.last_rotated_date, j.rotation_lambda_arn
from judged as j
