/*---
title    = "KMS key that is about to be deleted"
severity = "high"
leg      = "working"
family   = "key-state"
volatile = ["when_deleted"]
message  = "{name} will be deleted {when_deleted}, and with it everything that only it can decrypt"
why      = """
A key that waits for its deletion decrypts nothing already: databases do not start, objects cannot be read. Once it is deleted,
what was encrypted with it is lost for good; AWS cannot bring it back either. Until then one call undoes it. Deletion is
irrevocable in a way that disabling is not, so a key that nobody seems to need is better disabled for a while."""
fix      = "aws kms cancel-key-deletion --region {region} --key-id {key_id} && aws kms enable-key --region {region} --key-id {key_id}"
references = [
    "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html",
]

[frameworks]
fsbp = ["KMS.3"]
nist-800-53r5 = ["SC-12", "SC-12(2)"]

[reasons]
pending_deletion         = "its deletion is scheduled"
pending_replica_deletion = "its deletion is scheduled, and waits for its replicas in other regions to go first"
---*/
select
    k.arn as resource,
    k.account_id,
    -- AWS deletes no key of its own, and disabling is how a key is put aside without harm.
    k.key_manager = 'CUSTOMER' and k.key_state <> 'Disabled' as applies,
    k.key_state not in ('PendingDeletion', 'PendingReplicaDeletion') as ok,
    case k.key_state
        when 'PendingDeletion' then 'pending_deletion'
        when 'PendingReplicaDeletion' then 'pending_replica_deletion'
    end as reason,
    coalesce(k.aliases ->> '$[0]', k.key_id) as name,
    case
        when k.deletion_date <> '' then
            'in ' || cast(julianday(k.deletion_date) - julianday(clock.started_at) as integer) || ' days ('
                || k.deletion_date || ')'
        when k.key_state = 'PendingReplicaDeletion' then 'after its replicas in other regions'
        else 'soon'
    end as when_deleted,
    k.key_id, k.aliases, k.description, k.key_state, k.deletion_date
from aws_kms_key as k
cross join snapshot as clock
