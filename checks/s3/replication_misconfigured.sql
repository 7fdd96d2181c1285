/*---
title    = "Replication that cannot work as it is set up"
severity = "high"
leg      = "configured"
family   = "s3-replication"
message  = "{name} cannot be replicated to {destination_name} (rule {rule_id}): {meaning}"
why      = """
A replication rule is saved once and then depends on much that others change: versioning at both ends, the destination bucket, the
role, what the role may do, keys in two regions. When one of these goes, the rule still reads Enabled, new objects are marked
FAILED one by one, and S3 does not try them again. The copy is found to be old on the day that it is needed."""
fix      = "aws s3api put-bucket-versioning --region {region} --bucket {name} --versioning-configuration Status=Enabled"
reach    = "everywhere"
references = [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-troubleshoot.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html",
]

[fixes]
versioning_destination = "aws s3api put-bucket-versioning --region {destination_region} --bucket {destination_name} --versioning-configuration Status=Enabled"
destination_missing = "aws s3 mb s3://{destination_name} --region DESTINATION_REGION && aws s3api put-bucket-versioning --region DESTINATION_REGION --bucket {destination_name} --versioning-configuration Status=Enabled"
destination_foreign = "aws s3api head-bucket --bucket {destination_name} --expected-bucket-owner OWNER_ACCOUNT_ID  # if the owner is the one you mean, name the account in the rule, or the bucket in `known_foreign`; if not, stop: aws s3api delete-bucket-replication --bucket {name}"
region_disabled = "aws account enable-region --region-name {destination_region}"
role_missing = "aws iam create-role --role-name {role_name} --assume-role-policy-document '{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":{{\"Service\":\"s3.amazonaws.com\"}},\"Action\":\"sts:AssumeRole\"}}]}}'"
role_trust = "aws iam update-assume-role-policy --role-name {role_name} --policy-document '{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":{{\"Service\":\"s3.amazonaws.com\"}},\"Action\":\"sts:AssumeRole\"}}]}}'"
role_permission = "aws iam put-role-policy --role-name {role_name} --policy-name s3-replication-{name} --policy-document '{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":[{quoted_actions}],\"Resource\":[{quoted_targets}]}}]}}'"
kms_objects_skipped = "aws s3api get-bucket-replication --bucket {name} --query ReplicationConfiguration > replication.json  # add \"SourceSelectionCriteria\": {{\"SseKmsEncryptedObjects\": {{\"Status\": \"Enabled\"}}}} and the destination's ReplicaKmsKeyID, then: aws s3api put-bucket-replication --bucket {name} --replication-configuration file://replication.json"
kms_key_disabled = "aws kms enable-key --region {replica_key_region} --key-id {replica_kms_key_id}"
kms_key_pending_deletion = "aws kms cancel-key-deletion --region {replica_key_region} --key-id {replica_kms_key_id} && aws kms enable-key --region {replica_key_region} --key-id {replica_kms_key_id}"
kms_key_unavailable = "aws kms describe-key --region {replica_key_region} --key-id {replica_kms_key_id}"
kms_key_missing = "aws s3api get-bucket-replication --bucket {name} --query ReplicationConfiguration > replication.json  # name a key of {destination_region} as ReplicaKmsKeyID, then: aws s3api put-bucket-replication --bucket {name} --replication-configuration file://replication.json"
kms_key_other_region = "aws s3api get-bucket-replication --bucket {name} --query ReplicationConfiguration > replication.json  # name a key of {destination_region} as ReplicaKmsKeyID, then: aws s3api put-bucket-replication --bucket {name} --replication-configuration file://replication.json"

[frameworks]
"nist-800-53r5" = ["AU-9(2)", "CP-6", "CP-6(1)", "CP-6(2)", "CP-9", "CP-10", "SC-36(2)", "SC-5(2)", "SI-13(5)"]
soc2 = ["A1.2"]

[reasons]
sound                  = "both ends, the role and the keys are in order"
destination_hidden     = "the destination is another account's and does not show itself to this one"
key_policy_not_read    = "the role's own policies do not let it use the keys; whether the keys' policies do is not looked at"
versioning_source      = "it is not versioned any more, which stops replication"
versioning_destination = "the destination is not versioned, which stops replication"
destination_missing    = "nobody has a bucket of that name: nothing is copied, and whoever makes one receives what is"
destination_foreign    = "the destination is another account's, and nothing says that it is the one that is meant"
region_disabled        = "the account has not enabled {destination_region}, where the destination is"
role_missing           = "the role {role_name}, which is to do it, does not exist"
role_trust             = "the role {role_name} does not let S3 assume it"
role_permission        = "the role {role_name} lacks {missing_actions}"
kms_objects_skipped    = "its objects are encrypted with a KMS key, and the rule does not select such objects: none of them is ever copied"
kms_key_disabled       = "the key that is to encrypt the copies is disabled"
kms_key_pending_deletion = "the key that is to encrypt the copies is about to be deleted"
kms_key_missing        = "the key that is to encrypt the copies does not exist"
kms_key_unavailable    = "the key that is to encrypt the copies cannot be used: it is {replica_key_state}"
kms_key_other_region   = "the key that is to encrypt the copies is in {replica_key_region}, the destination in {destination_region}"

[params.known_foreign]
default = []
doc     = "Names of destination buckets of other accounts that are meant, as GLOB patterns."
---*/
with rule as (
    select
        r.arn, r.account_id, r.rule_index, r.rule_id, r.prefix, r.destination_bucket_arn, r.destination_account, r.sse_kms_objects,
        r.replica_kms_key_id, r.replica_owner, r.is_v1, r.delete_marker_replication,
        r.status = 'Enabled' as is_on,
        b.versioning as source_versioning, b.encryption, b.kms_key_id, b.object_lock_enabled, b.replication_role_arn,
        b.policy_statement_count as source_policy, own.policy_statement_count as own_policy, own.arn as own_arn,
        d.destination_name, d.found, d.destination_region, d.replica_key_region, d.replica_key_state,
        -- Another account of this snapshot may have read what this one could not.
        coalesce(d.versioning, theirs.versioning) as versioning,
        theirs.account_id as read_owner,
        exists (select 1 from json_each(:known_foreign) as k where d.destination_name glob k.value) as is_known
    from aws_s3_bucket_replication_rule as r
    join aws_s3_bucket as b on b.arn = r.arn and b.account_id = r.account_id
    left join aws_s3_bucket_replication_destination as d
        on d.arn = r.arn and d.account_id = r.account_id and d.rule_index = r.rule_index
    left join aws_s3_bucket as own on own.arn = r.destination_bucket_arn and own.account_id = r.account_id
    left join aws_s3_bucket as theirs
        on theirs.arn = r.destination_bucket_arn and theirs.account_id <> r.account_id and d.found not in ('own', 'missing')
),
-- What the role is given, and what fences it in: its policies and its boundary.
statement as (
    select i.arn, i.account_id, 'grant' as layer, s.effect, s.actions, s.not_actions, s.resources, s.not_resources, s.condition
    from aws_iam_role as i
    join aws_iam_inline_policy_statement as s on s.arn = i.arn and s.account_id = i.account_id
    union all
    select i.arn, i.account_id, 'grant', s.effect, s.actions, s.not_actions, s.resources, s.not_resources, s.condition
    from aws_iam_role as i
    join json_each(i.attached_policy_arns) as p
    cross join aws_iam_policy_statement as s on s.arn = p.value and s.account_id = i.account_id
    union all
    select i.arn, i.account_id, 'boundary', s.effect, s.actions, s.not_actions, s.resources, s.not_resources, s.condition
    from aws_iam_role as i
    join aws_iam_policy_statement as s on s.arn = i.permissions_boundary_arn and s.account_id = i.account_id
),
role as (
    select
        i.arn, i.account_id, i.permissions_boundary_arn,
        iif(
            i.trust_statement_count is null,
            null,
            exists (
                select 1
                from aws_iam_role_trust_statement as t
                where t.arn = i.arn and t.account_id = i.account_id and t.effect = 'Allow'
                    and exists (select 1 from json_each(t.actions) as a where 'sts:assumerole' glob a.value)
                    and exists (
                        select 1 from json_each(t.principals) as who where who.value in ('Service:s3.amazonaws.com', 'Service:*', '*')
                    )
            )
        ) as is_trusted,
        not exists (
            select 1
            from aws_iam_inline_policy as p
            where p.arn = i.arn and p.account_id = i.account_id and p.statement_count is null
        )
        and not exists (
            select 1
            from json_each(i.inline_policy_names) as listed
            left join aws_iam_inline_policy as p on p.arn = i.arn and p.account_id = i.account_id and p.name = listed.value
            where p.arn is null
        )
        and not exists (
            select 1
            from json_each(i.attached_policy_arns) as listed
            left join aws_iam_policy as p on p.arn = listed.value and p.account_id = i.account_id
            where p.statement_count is null
        )
        and (
            i.permissions_boundary_arn = ''
            or exists (
                select 1
                from aws_iam_policy as p
                where p.arn = i.permissions_boundary_arn and p.account_id = i.account_id and p.statement_count is not null
            )
        ) as is_read
    from aws_iam_role as i
),
action (name, place, is_for) as (
    values
        ('s3:GetReplicationConfiguration', 'source', 'all'), ('s3:ListBucket', 'source', 'all'),
        ('s3:GetObjectVersionForReplication', 'object', 'all'), ('s3:GetObjectVersionAcl', 'object', 'all'),
        ('s3:GetObjectVersionTagging', 'object', 'all'), ('s3:ReplicateObject', 'replica', 'all'), ('s3:ReplicateTags', 'replica', 'all'),
        ('s3:ReplicateDelete', 'replica', 'deletions'), ('s3:ObjectOwnerOverrideToBucketOwner', 'replica', 'owner'),
        ('s3:GetObjectRetention', 'object', 'lock'), ('s3:GetObjectLegalHold', 'object', 'lock'),
        ('kms:Decrypt', 'source key', 'keys'), ('kms:Encrypt', 'replica key', 'keys')
),
needed as materialized (
    select
        r.arn, r.account_id, r.rule_index, r.replication_role_arn, a.name as action, a.place,
        case a.place
            when 'source' then r.arn
            when 'object' then r.arn || '/' || r.prefix || 'x'
            when 'replica' then r.destination_bucket_arn || '/' || r.prefix || 'x'
            when 'source key' then r.kms_key_id
            when 'replica key' then r.replica_kms_key_id
        end as target,
        case a.place
            when 'object' then r.arn || '/*'
            when 'replica' then r.destination_bucket_arn || '/*'
            when 'source key' then r.kms_key_id
            when 'replica key' then r.replica_kms_key_id
            else r.arn
        end as asked_on,
        case when a.place in ('source', 'object') then r.arn when a.place = 'replica' then r.destination_bucket_arn end as bucket_arn
    from rule as r
    join action as a on case a.is_for
        when 'all' then 1
        when 'deletions' then r.delete_marker_replication = 'Enabled' or r.is_v1
        when 'owner' then r.replica_owner = 'Destination'
        when 'lock' then r.object_lock_enabled
        -- An alias or a bare id is not what a policy names.
        when 'keys' then r.sse_kms_objects = 'Enabled'
            and iif(a.place = 'source key', r.kms_key_id, r.replica_kms_key_id) glob 'arn:*:key/*'
    end
    where r.is_on is not 0
),
applied as (
    select
        n.arn, n.account_id, n.rule_index, n.action, n.target,
        s.layer, s.effect, s.actions, s.not_actions, s.resources, s.not_resources, s.condition
    from needed as n
    join statement as s on s.arn = n.replication_role_arn and s.account_id = n.account_id
    union all
    -- And what the policy of the bucket itself says to the role; it speaks of no other bucket.
    select
        n.arn, n.account_id, n.rule_index, n.action, n.target,
        'bucket', s.effect, s.actions, s.not_actions, s.resources, s.not_resources, s.condition
    from needed as n
    cross join aws_s3_bucket_policy_statement as s on s.arn = n.bucket_arn and s.account_id = n.account_id
    where s.is_for_anyone
        or exists (
            select 1 from json_each(s.principals) as who where who.value in ('AWS:' || n.replication_role_arn, '*', 'AWS:*')
        )
),
matching as materialized (
    select
        n.arn, n.account_id, n.rule_index, n.action, n.target, n.layer, n.effect,
        n.condition = '{}'
            -- What the documentation itself puts on keys, and what replication fulfils.
            or (n.action glob 'kms:*' and n.effect = 'Allow')
            or (n.effect = 'Allow' and n.condition = '{"Bool":{"aws:SecureTransport":"true"}}') as is_certain,
        n.effect = 'Deny' and n.condition in ('{"Bool":{"aws:SecureTransport":"false"}}', '{"Bool":{"aws:SecureTransport":false}}')
            as is_beside_the_point
    from applied as n
    where (
            exists (
                select 1 from json_each(n.actions) as a
                where lower(n.action) glob a.value
                    -- The older permission serves as well.
                    or (n.action = 's3:GetObjectVersionForReplication' and n.effect = 'Allow' and 's3:getobjectversion' glob a.value)
            )
            or (n.not_actions <> '[]' and not exists (select 1 from json_each(n.not_actions) as a where lower(n.action) glob a.value))
        )
        and (
            exists (select 1 from json_each(n.resources) as t where n.target glob t.value)
            or (n.not_resources <> '[]' and not exists (select 1 from json_each(n.not_resources) as t where n.target glob t.value))
        )
),
decided as (
    select
        n.arn, n.account_id, n.rule_index, n.action, n.asked_on, n.replication_role_arn,
        max(m.effect = 'Deny' and m.is_certain and not m.is_beside_the_point) as is_denied,
        max(m.effect = 'Deny' and not m.is_beside_the_point) as may_be_denied,
        max(m.effect = 'Allow' and m.layer <> 'boundary' and m.is_certain) as is_granted,
        max(m.effect = 'Allow' and m.layer <> 'boundary') as may_be_granted,
        max(m.effect = 'Allow' and m.layer = 'boundary' and m.is_certain) as is_bounded,
        max(m.effect = 'Allow' and m.layer = 'boundary') as may_be_bounded
    from needed as n
    left join matching as m
        on m.arn = n.arn and m.account_id = n.account_id and m.rule_index = n.rule_index and m.action = n.action and m.target = n.target
    group by n.arn, n.account_id, n.rule_index, n.action, n.asked_on, n.replication_role_arn
),
-- Every verdict on an action: 1 allowed, 0 not, NULL nobody knows.
allowed as (
    select
        d.arn, d.account_id, d.rule_index, d.action, d.asked_on,
        case
            when d.is_denied then 0
            -- A key's own policy may let the role in, and that is not looked at here.
            when d.may_be_granted is not 1 then iif(d.action glob 'kms:*', null, 0)
            when i.permissions_boundary_arn <> '' and d.may_be_bounded is not 1 then 0
            when d.may_be_denied then null
            when d.is_granted and (i.permissions_boundary_arn = '' or d.is_bounded) then 1
        end as is_allowed
    from decided as d
    join aws_iam_role as i on i.arn = d.replication_role_arn and i.account_id = d.account_id
),
permission as (
    select
        a.arn, a.account_id, a.rule_index,
        coalesce(min(a.is_allowed), 1) and iif(count(a.is_allowed) < count(*), null, 1) as is_permitted,
        json_group_array(a.action) filter (where a.is_allowed = 0) as missing_actions,
        coalesce(max(a.is_allowed is null and a.action glob 'kms:*'), 0) as is_key_open,
        '"' || group_concat(a.action, '","') filter (where a.is_allowed = 0) || '"' as quoted_actions,
        '"' || replace(group_concat(distinct a.asked_on) filter (where a.is_allowed = 0), ',', '","') || '"' as quoted_targets
    from allowed as a
    group by a.arn, a.account_id, a.rule_index
),
tested as (
    select
        r.*, p.is_key_open, p.missing_actions, p.quoted_actions, p.quoted_targets,
        r.source_versioning <> 'Enabled' as f_source,
        r.found = 'missing' as f_missing,
        case
            when r.found in ('own', 'expected', 'missing') then 0
            when r.found in ('foreign', 'hidden') and r.read_owner = r.destination_account then 0
            when r.found in ('foreign', 'hidden') and r.read_owner is not null then r.destination_account <> ''
            when r.found in ('foreign', 'hidden') and r.is_known then 0
            when r.found = 'foreign' then 1
        end as f_foreign,
        r.found <> 'missing' and r.versioning <> 'Enabled' as f_versioning,
        case
            when r.destination_region is null then null
            when r.destination_region = '' then 0
            else exists (
                select 1
                from aws_region as g
                where g.account_id = r.account_id and g.region = r.destination_region and not g.is_enabled
            )
        end as f_region,
        iif(r.replication_role_arn is null, null, i.arn is null) as f_role,
        iif(i.arn is null, 0, not i.is_trusted) as f_trust,
        case
            when i.arn is null then 0
            when not i.is_read or r.source_policy is null or (r.own_arn is not null and r.own_policy is null)
                or r.object_lock_enabled is null or (r.sse_kms_objects = 'Enabled' and r.kms_key_id is null) then null
            else not p.is_permitted
        end as f_permission,
        case r.sse_kms_objects when 'Enabled' then 0 when '' then r.encryption glob 'aws:kms*' when 'Disabled' then r.encryption glob 'aws:kms*' end
            as f_skipped,
        case
            when r.replica_key_state in ('', 'Enabled', 'Creating', 'Updating') then ''
            when r.replica_key_state = 'Disabled' then 'kms_key_disabled'
            when r.replica_key_state in ('PendingDeletion', 'PendingReplicaDeletion') then 'kms_key_pending_deletion'
            when r.replica_key_state in ('Unavailable', 'PendingImport') then 'kms_key_unavailable'
            when r.replica_key_state = 'missing' then 'kms_key_missing'
        end as key_fault,
        r.replica_key_region <> '' and r.destination_region <> '' and r.replica_key_region <> r.destination_region as f_key_region
    from rule as r
    left join role as i on i.arn = r.replication_role_arn and i.account_id = r.account_id
    left join permission as p on p.arn = r.arn and p.account_id = r.account_id and p.rule_index = r.rule_index
),
judged as (
    select
        t.*,
        not (
            t.f_source or t.f_missing or t.f_foreign or t.f_versioning or t.f_region or t.f_role or t.f_trust or t.f_permission
            or t.f_skipped or t.key_fault <> '' or t.f_key_region
        ) as is_sound,
        case
            when t.f_source then 'versioning_source'
            when t.f_missing then 'destination_missing'
            when t.f_foreign then 'destination_foreign'
            when t.f_versioning then 'versioning_destination'
            when t.f_region then 'region_disabled'
            when t.f_role then 'role_missing'
            when t.f_trust then 'role_trust'
            when t.f_permission then 'role_permission'
            when t.f_skipped then 'kms_objects_skipped'
            when t.key_fault <> '' then t.key_fault
            when t.f_key_region then 'kms_key_other_region'
        end as fault
    from tested as t
),
bucket as (
    select
        j.arn, j.account_id,
        coalesce(max(j.is_on), 0) or iif(count(j.is_on) < count(*), null, 0) as is_on,
        coalesce(min(not j.is_on or j.is_sound), 1) and iif(count(not j.is_on or j.is_sound) < count(*), null, 1) as ok,
        coalesce(max(j.found = 'hidden' and j.is_sound is null), 0) as is_hidden,
        coalesce(max(j.is_key_open and j.is_sound is null), 0) as is_key_open
    from judged as j
    group by j.arn, j.account_id
),
worst as (
    select
        j.*,
        row_number() over (
            partition by j.arn, j.account_id order by j.is_on is not 1, j.fault is null, j.is_sound is not null, j.rule_index
        ) as place
    from judged as j
)
select
    b.arn as resource,
    b.account_id,
    b.replication_rule_count > 0 and x.is_on as applies,
    x.ok,
    case x.ok
        when 1 then 'sound'
        when 0 then w.fault
        else case when x.is_hidden then 'destination_hidden' when x.is_key_open then 'key_policy_not_read' else '' end
    end as reason,
    b.name, iif(w.rule_id = '', w.rule_index, w.rule_id) as rule_id, w.destination_name, w.destination_region, w.found as destination_found,
    w.versioning as destination_versioning, b.replication_role_arn,
    replace(b.replication_role_arn, rtrim(b.replication_role_arn, replace(b.replication_role_arn, '/', '')), '') as role_name,
    w.missing_actions, w.quoted_actions, w.quoted_targets, w.replica_kms_key_id, w.replica_key_region, w.replica_key_state
from aws_s3_bucket as b
left join bucket as x on x.arn = b.arn and x.account_id = b.account_id
left join worst as w on w.arn = b.arn and w.account_id = b.account_id and w.place = 1
