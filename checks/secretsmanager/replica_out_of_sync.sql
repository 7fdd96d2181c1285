/*---
title    = "Secret whose replicas are not the same"
severity = "medium"
leg      = "working"
family   = "secret-replica"
message  = "{name} has replicas that do not follow it, in {broken_regions}: {meaning}{status_messages}"
why      = """
A replica is there for the day on which its primary's region cannot be reached. One that failed to follow holds a password that
was rotated away, and an application that moves to that region cannot log in. Nobody notices before, since nobody reads it
before."""
fix      = "aws secretsmanager replicate-secret-to-regions --region {region} --secret-id {resource} --add-replica-regions Region={first_broken_region} --force-overwrite-replica-secret"
references = [
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html",
    "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ReplicationStatusType.html",
]

[frameworks]
soc2 = ["A1.2"]

[reasons]
in_sync             = "every replica is the same as the primary"
replica_out_of_sync = "replication failed"
replica_detached    = "the replica stands alone and no longer follows"
syncing             = "a replica is on its way to be the same"
---*/
with replica as (
    select
        s.arn, s.account_id,
        r.value ->> '$.region' as region, r.value ->> '$.status' as status, r.value ->> '$.message' as message
    from aws_secretsmanager_secret as s
    cross join json_each(s.replicas) as r
),
counted as (
    select
        arn, account_id,
        max(status = 'Failed') as has_failed,
        max(status = 'Detached') as has_detached,
        max(status in ('InProgress', 'Pending')) as has_moving,
        min(status = 'InSync') as is_all_in_sync,
        group_concat(region, ', ') filter (where status in ('Failed', 'Detached')) as broken_regions,
        min(region) filter (where status in ('Failed', 'Detached')) as first_broken_region,
        group_concat(message, '; ') filter (where status in ('Failed', 'Detached') and message <> '') as status_messages
    from replica
    group by arn, account_id
)
select
    s.arn as resource,
    s.account_id,
    s.deleted_date = '' and s.primary_region in ('', s.region)
        and iif(s.replicas is null, null, json_array_length(s.replicas) > 0) as applies,
    case
        when c.has_failed or c.has_detached then 0
        when c.is_all_in_sync then 1
    end as ok,
    case
        when c.has_failed then 'replica_out_of_sync'
        when c.has_detached then 'replica_detached'
        when c.is_all_in_sync then 'in_sync'
        when c.has_moving then 'syncing'
    end as reason,
    c.broken_regions, c.first_broken_region, coalesce(' (' || c.status_messages || ')', '') as status_messages,
    s.name, s.replicas, s.primary_region
from aws_secretsmanager_secret as s
left join counted as c on c.arn = s.arn and c.account_id = s.account_id
