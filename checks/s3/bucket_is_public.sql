/*---
title    = "Bucket that strangers can use"
severity = "critical"
leg      = "working"
family   = "s3-public-access"
message  = "{name} is open to strangers: {meaning}"
why      = """
What stands in a public bucket is found within hours: names are guessed and listed by machines all day long, and what was
copied once cannot be called back. Being able to write is worse still, for whoever reads from the bucket trusts what is in it.
This asks what holds in the end: a public ACL or policy counts only if no switch of the bucket or the account takes its effect
away. ACLs of single objects are not looked at; they count nothing once the bucket enforces its owner or ignores public ACLs."""
fix      = "aws s3api put-public-access-block --bucket {name} --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
references = [
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html",
]

[frameworks]
fsbp = ["S3.2", "S3.3"]
nist-800-53r5 = [
    "AC-21", "AC-3", "AC-3(7)", "AC-4", "AC-4(21)", "AC-6", "SC-7", "SC-7(11)", "SC-7(16)", "SC-7(20)", "SC-7(21)", "SC-7(3)",
    "SC-7(4)", "SC-7(9)",
]
soc2 = ["CC6.1", "CC6.6"]

[reasons]
closed        = "neither its ACL nor its policy gives strangers anything"
blocked       = "what its ACL or its policy gives strangers, or may give, takes no effect: a block or the enforced owner stops it"
public_policy = "a statement of its policy allows anyone something, and nothing takes that back"
public_acl    = "its ACL gives everybody, or everybody with an AWS account, something, and nothing takes that back"
called_public = "S3 itself calls its policy public, though no statement proves it: a condition may be wider than it looks"
perhaps_denied = "its ACL or its policy lets strangers in, and a Deny for everybody may shut them out again"
conditions_undecided = "its policy allows anyone something under conditions that cannot be decided from here"
---*/
with deny as (
    -- What may shut strangers out. A Deny that is narrowed to somebody leaves everybody else alone, and one about how a request
    -- comes is avoided by sending it otherwise.
    select s.*
    from aws_s3_bucket_policy_statement as s
    where s.effect = 'Deny' and s.is_for_anyone and s.is_narrowed is not 1
        and not exists (
            select 1
            from json_tree(s.condition) as node
            where lower(node.key) in ('aws:securetransport', 's3:tlsversion', 'aws:referer', 'aws:useragent')
        )
),
allow as (
    select
        s.arn, s.account_id, s.statement_index, s.sid,
        case
            when s.is_narrowed is null then 'conditions'
            -- A grant with a beginning or an end may not hold now.
            when exists (
                select 1
                from json_tree(s.condition) as node
                where lower(node.key) in ('aws:currenttime', 'aws:epochtime')
            ) then 'conditions'
            -- Something is left that no Deny covers. A wildcard is covered only by one that is as wide: new actions keep coming.
            when exists (
                select 1
                from json_each(iif(s.actions = '[]', '["s3:*"]', s.actions)) as action
                join json_each(iif(s.resources in ('[]', '["*"]'), json_array(s.arn, s.arn || '/*'), s.resources)) as target
                where not (action.value like '%object%' and target.value = s.arn)
                    and not (action.value like '%bucket%' and instr(target.value, s.arn || '/') = 1)
                    and not exists (
                        select 1
                        from deny as d
                        where d.arn = s.arn and d.account_id = s.account_id
                            and (
                                d.actions = '[]'
                                or exists (
                                    select 1
                                    from json_each(d.actions) as pattern
                                    where iif(action.value = '*', 's3:*', action.value) glob pattern.value
                                )
                            )
                            and (
                                d.resources = '[]'
                                or exists (
                                    select 1
                                    from json_each(d.resources) as pattern
                                    where target.value glob replace(pattern.value, '[', '[[]')
                                )
                            )
                    )
            ) then 'open'
            else 'denied'
        end as verdict
    from aws_s3_bucket_policy_statement as s
    where s.effect = 'Allow' and s.is_for_anyone and s.is_narrowed is not 1
),
bucket as (
    select
        b.*,
        a.arn as account_settings_arn,
        b.ignore_public_acls or a.ignore_public_acls or b.object_ownership = 'BucketOwnerEnforced' as is_acl_off,
        b.restrict_public_buckets or a.restrict_public_buckets as is_policy_off,
        iif(
            b.policy_statement_count is null,
            null,
            (select count(*) from deny as d where d.arn = b.arn and d.account_id = b.account_id)
        ) as denies,
        -- Denies that could concern what an ACL can give.
        iif(
            b.policy_statement_count is null,
            null,
            (
                select count(*)
                from deny as d
                where d.arn = b.arn and d.account_id = b.account_id
                    and (
                        d.actions = '[]'
                        or exists (
                            select 1
                            from json_each(d.actions) as pattern
                            join json_each('["s3:listbucket", "s3:putobject", "s3:getbucketacl", "s3:putbucketacl"]') as given
                            where given.value glob pattern.value
                        )
                    )
            )
        ) as denies_of_acl,
        iif(
            b.policy_statement_count is null,
            null,
            (
                select coalesce(max(w.verdict = 'open'), 0) or iif(count(*) filter (where w.verdict <> 'open') > 0, null, 0)
                from allow as w
                where w.arn = b.arn and w.account_id = b.account_id
            )
        ) as is_policy_open
    from aws_s3_bucket as b
    left join aws_s3_account_settings as a on a.account_id = b.account_id
),
judged as (
    select
        b.*,
        -- Either opinion is enough: S3 sees conditions that we cannot decide, and our reading stands when S3's was not given.
        (b.is_policy_open or (b.policy_is_public and iif(b.denies = 0, 1, null))) and not b.is_policy_off as opens_by_policy,
        b.acl_is_public and iif(b.denies_of_acl = 0, 1, null) and not b.is_acl_off as opens_by_acl
    from bucket as b
)
select
    b.arn as resource,
    b.account_id,
    not (b.opens_by_policy or b.opens_by_acl) as ok,
    case
        when b.opens_by_policy and b.is_policy_open then 'public_policy'
        when b.opens_by_acl then 'public_acl'
        when b.opens_by_policy then 'called_public'
        when not (b.opens_by_policy or b.opens_by_acl)
            then iif(b.is_policy_open = 0 and b.policy_is_public = 0 and b.acl_is_public = 0, 'closed', 'blocked')
        when b.acl_is_public and not b.is_acl_off and b.denies_of_acl > 0 then 'perhaps_denied'
        when b.policy_is_public and not b.is_policy_off and b.denies > 0 then 'perhaps_denied'
        when not b.is_policy_off and b.policy_statement_count > 0 and b.is_policy_open is null then (
            select iif(max(w.verdict = 'conditions'), 'conditions_undecided', 'perhaps_denied')
            from allow as w
            where w.arn = b.arn and w.account_id = b.account_id
        )
    end as reason,
    iif(b.opens_by_policy and b.is_policy_open is not 1 and b.opens_by_acl is not 1, 'high', 'critical') as severity,
    b.name,
    (
        select json_group_array(iif(w.sid = '', 'statement ' || w.statement_index, w.sid))
        from allow as w
        where w.arn = b.arn and w.account_id = b.account_id
    ) as statements_for_anyone,
    b.policy_is_public, b.acl_is_public, b.acl_grants, b.object_ownership, b.is_policy_off, b.is_acl_off, b.account_settings_arn
from judged as b
