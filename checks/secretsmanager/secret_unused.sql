/*---
title    = "Secret that nobody reads"
severity = "low"
leg      = "working"
family   = "secret-use"
volatile = ["verdict"]
message  = "{name} was not read in {unused_days} days: {verdict}"
why      = """
A secret that nothing reads is most likely the key to something that still exists: a database user, an API account. It is paid
for every month, and whoever gets hold of it has an entry that no application would miss. Reading by a rotation counts as
reading, so a secret that shows up here is not rotated either."""
fix      = "aws secretsmanager delete-secret --region {region} --secret-id {resource} --recovery-window-in-days 30"
references = [
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/secretsmanager-controls.html",
]

[frameworks]
fsbp = ["SecretsManager.3"]
"nist-800-53r5" = ["AC-2(1)", "AC-3(15)"]
soc2 = ["CC6.1"]

[reasons]
in_use     = "it was read within the time that is allowed"
unused     = "it was not read for longer than is allowed"
never_read = "it is older than that, and was never read"
too_new    = "it was never read, and is younger than the time after which that would be strange"

[params.unused_days]
default = 90
doc     = "Days without a read after which a secret counts as unused."
---*/
select
    s.arn as resource,
    s.account_id,
    -- Replicas wait for their region's turn, and what a service owns only that service can delete.
    s.deleted_date = '' and s.primary_region in ('', s.region) and s.owning_service = '' as applies,
    case
        when s.last_accessed_date <> '' then julianday(clock.started_at) - julianday(s.last_accessed_date) <= :unused_days
        when julianday(clock.started_at) - julianday(s.created_date) > :unused_days then 0
    end as ok,
    case
        when s.last_accessed_date <> ''
            then iif(julianday(clock.started_at) - julianday(s.last_accessed_date) <= :unused_days, 'in_use', 'unused')
        when julianday(clock.started_at) - julianday(s.created_date) > :unused_days then 'never_read'
        when s.last_accessed_date = '' then 'too_new'
    end as reason,
    iif(
        s.last_accessed_date = '',
        'it was made on ' || substr(s.created_date, 1, 10) || ' and never read',
        'its last read was on ' || substr(s.last_accessed_date, 1, 10)
    ) as verdict,
    s.name, s.description, s.created_date, s.last_accessed_date, s.last_changed_date, s.rotation
from aws_secretsmanager_secret as s
cross join snapshot as clock
