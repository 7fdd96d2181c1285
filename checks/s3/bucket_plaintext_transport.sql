/*---
title    = "Bucket that answers without TLS"
severity = "medium"
leg      = "configured"
family   = "s3-transport"
message  = "{name} answers requests without TLS: {meaning}"
why      = """
S3 answers plain HTTP unless the bucket's policy forbids it. Over HTTP whoever stands on the way reads the object, and a
presigned URL can be taken from the wire and used again until it expires. A Deny for everybody, on the bucket and on its
objects, is the only way to be sure of every client, old scripts and libraries included. The evidence has the whole policy with
that Deny added, as `policy_with_deny`."""
fix      = "aws s3api put-bucket-policy --bucket {name} --policy file://policy.json  # policy.json: `policy_with_deny` of the evidence"
references = [
    "https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-ssl-requests-only.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingEncryptionInTransit.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
]

[frameworks]
fsbp = ["S3.5"]
nist-800-53r5 = [
    "AC-17(2)", "AC-4", "IA-5(1)", "SC-12(3)", "SC-13", "SC-23", "SC-23(3)", "SC-7(4)", "SC-8", "SC-8(1)", "SC-8(2)", "SI-7(6)",
]
"pci-dss-4.0.1" = ["4.2.1"]
"cis-3.0" = ["2.1.1"]
"cis-5.0" = ["2.1.1"]
soc2 = ["CC6.7"]

[reasons]
denied       = "its policy denies requests without TLS to everybody, on the bucket and on its objects"
no_policy    = "it has no policy"
no_deny      = "its policy has no Deny for requests without TLS"
partly       = "its policy denies requests without TLS to some, for some actions, or on a part of the bucket only"
form_unknown = "its policy has a Deny on the transport in a form that this version cannot decide"
---*/
with statement as (
    select
        s.arn, s.account_id,
        exists (
            select 1
            from json_tree(s.condition) as node
            where lower(node.key) in ('aws:securetransport', 's3:tlsversion')
        ) as is_about_transport,
        exists (select 1 from json_each(s.principals) as p where p.value = '*')
            and exists (select 1 from json_each(s.actions) as a where a.value in ('*', 's3:*')) as is_for_all,
        exists (select 1 from json_each(s.resources) as r where s.arn glob replace(r.value, '[', '[[]')) as has_bucket,
        exists (select 1 from json_each(s.resources) as r where s.arn || '/*' glob replace(r.value, '[', '[[]')) as has_objects,
        (
            -- Whether every condition holds for a request without TLS. S3 takes the version of no TLS at all for the lowest.
            select coalesce(min(c.holds), 1) and iif(count(c.holds) < count(*), null, 1)
            from (
                select
                    case
                        when lower(term.key) not in ('aws:securetransport', 's3:tlsversion') then 0
                        when lower(op.key) in ('bool', 'boolifexists') and lower(term.key) = 'aws:securetransport' then exists (
                            select 1
                            from json_each(iif(term.type = 'array', term.value, json_array(term.value))) as v
                            where lower(v.value) in ('false', '0')
                        )
                        when lower(op.key) in ('numericlessthan', 'numericlessthanifexists')
                            and lower(term.key) = 's3:tlsversion' then 1
                    end as holds
                from json_each(s.condition) as op
                join json_each(iif(op.type = 'object', op.value, '{"": ""}')) as term
            ) as c
        ) as denies_plaintext
    from aws_s3_bucket_policy_statement as s
    where s.effect = 'Deny'
),
bucket as (
    select
        b.*,
        (
            select
                (
                    coalesce(max(s.denies_plaintext and s.has_bucket and s.is_for_all), 0)
                    or iif(count(s.denies_plaintext and s.has_bucket and s.is_for_all) < count(*), null, 0)
                ) and (
                    coalesce(max(s.denies_plaintext and s.has_objects and s.is_for_all), 0)
                    or iif(count(s.denies_plaintext and s.has_objects and s.is_for_all) < count(*), null, 0)
                )
            from statement as s
            where s.arn = b.arn and s.account_id = b.account_id
        ) as is_denied,
        exists (
            select 1
            from statement as s
            where s.arn = b.arn and s.account_id = b.account_id and s.is_about_transport
        ) as is_mentioned
    from aws_s3_bucket as b
)
select
    b.arn as resource,
    b.account_id,
    iif(b.policy_statement_count is null, null, b.is_denied) as ok,
    case
        when b.policy_statement_count is null then ''
        when b.is_denied then 'denied'
        when b.policy_statement_count = 0 then 'no_policy'
        when b.is_denied is null then 'form_unknown'
        when b.is_mentioned then 'partly'
        else 'no_deny'
    end as reason,
    b.name,
    case
        when b.is_denied or not json_valid(iif(b.policy = '', '{}', b.policy)) then ''
        else json_set(
            iif(b.policy = '', '{"Version":"2012-10-17"}', b.policy),
            '$.Statement',
            json_insert(
                case json_type(iif(b.policy = '', '{}', b.policy), '$.Statement')
                    when 'array' then b.policy -> '$.Statement'
                    when 'object' then json_array(b.policy -> '$.Statement')
                    else '[]'
                end,
                '$[#]',
                json_object(
                    'Sid', 'DenyWithoutTls', 'Effect', 'Deny', 'Principal', '*', 'Action', 's3:*',
                    'Resource', json_array(b.arn, b.arn || '/*'),
                    'Condition', json('{"Bool":{"aws:SecureTransport":"false"}}')
                )
            )
        )
    end as policy_with_deny
from bucket as b
