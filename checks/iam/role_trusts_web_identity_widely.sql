/*---
title    = "Role that trusts a whole identity provider"
severity = "high"
leg      = "configured"
family   = "role-trust"
message  = "{name} can be assumed with a token from {providers}: {meaning}"
why      = """
A token of an OpenID Connect provider says in its `sub` claim who or what it was made for. A trust policy that does not look at
it takes every token of the provider for the audience, and the audience is no secret: with GitHub, GitLab or Terraform Cloud
that is everybody in the world who has an account there, with a cluster's own provider it is every pod. A pattern that is open
before the owner's name is no better. AWS refuses such policies for shared providers now, and leaves the old ones as they are."""
fix      = "aws iam update-assume-role-policy --role-name {name} --policy-document file://trust.json"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html",
]

[reasons]
no_subject       = "no condition looks at the claim that says whom the token was made for"
open_subject     = "the pattern for the token's subject is open before any owner is named ({subjects})"
other_conditions = "the subject is open, and whether another condition or a denial narrows it cannot be decided from here"
---*/
with
-- Providers that many organisations share, and the claim that tells them apart.
shared(provider, claim) as (
    values
        ('token.actions.githubusercontent.com', 'token.actions.githubusercontent.com:sub'),
        ('vstoken.actions.githubusercontent.com', 'vstoken.actions.githubusercontent.com:sub'),
        ('oidc-configuration.audit-log.githubusercontent.com', 'oidc-configuration.audit-log.githubusercontent.com:sub'),
        ('gitlab.com', 'gitlab.com:sub'),
        ('app.terraform.io', 'app.terraform.io:sub'),
        ('agent.buildkite.com', 'agent.buildkite.com:sub'),
        ('oidc.codefresh.io', 'oidc.codefresh.io:sub'),
        ('scalr.io', 'scalr.io:sub'),
        ('studio.datachain.ai/api', 'studio.datachain.ai/api:sub'),
        ('tokens.cloud.shisho.dev', 'tokens.cloud.shisho.dev:sub'),
        ('proidc.upbound.io', 'proidc.upbound.io:sub'),
        ('api.pulumi.com/oidc', 'api.pulumi.com/oidc:aud'),
        ('oidc.vercel.com', 'oidc.vercel.com:aud'),
        ('sandboxes.cloud', 'sandboxes.cloud:aud'),
        ('sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d', 'sts:rolesessionname')
),
-- Words after which a subject names its owner. At GitHub every owner may reorder the subjects of its own tokens.
owner_label(provider, label) as (
    values
        ('token.actions.githubusercontent.com', ':repo:'),
        ('token.actions.githubusercontent.com', ':repository:'),
        ('token.actions.githubusercontent.com', ':repository_id:'),
        ('token.actions.githubusercontent.com', ':repository_owner:'),
        ('token.actions.githubusercontent.com', ':repository_owner_id:'),
        ('token.actions.githubusercontent.com', ':job_workflow_ref:'),
        ('token.actions.githubusercontent.com', ':enterprise:'),
        ('token.actions.githubusercontent.com', ':enterprise_id:'),
        ('gitlab.com', ':project_path:'),
        ('app.terraform.io', ':organization:'),
        ('agent.buildkite.com', ':organization:')
),
trust as (
    select
        s.arn, s.account_id, s.statement_index, s.condition,
        lower(substr(p.value, instr(p.value, ':oidc-provider/') + length(':oidc-provider/'))) as provider
    from aws_iam_role_trust_statement as s
    join json_each(s.principals) as p
    where s.effect = 'Allow' and p.value glob 'Federated:*:oidc-provider/*'
        and (
            exists (select 1 from json_each(s.actions) as a where 'sts:assumerolewithwebidentity' glob a.value)
            or (
                s.not_actions <> '[]'
                and not exists (select 1 from json_each(s.not_actions) as a where 'sts:assumerolewithwebidentity' glob a.value)
            )
        )
),
claim as (
    select
        t.arn, t.account_id, t.statement_index, t.provider,
        lower(block.key) as operator,
        replace(replace(replace(lower(block.key), 'foranyvalue:', ''), 'forallvalues:', ''), 'ifexists', '') as comparison,
        lower(entry.key) as claim,
        wanted.value as value,
        lower(entry.key) glob '*:sub' as is_subject,
        exists (select 1 from shared as s where s.provider = t.provider and s.claim = lower(entry.key)) as is_tenancy
    from trust as t
    join json_each(t.condition) as block
    join json_each(block.value) as entry
    join json_each(iif(entry.type = 'array', entry.value, json_array(entry.value))) as wanted
),
weighed as (
    select
        c.*,
        case
            when not c.is_subject and not c.is_tenancy then 0
            when c.comparison not in ('stringequals', 'stringequalsignorecase', 'stringlike') then 0
            -- Another provider's claim is always missing: these hold then, and the others do not.
            when c.claim <> c.provider || ':sub' and not c.is_tenancy then
                not (c.operator glob 'forallvalues:*' or c.operator glob '*ifexists')
            when c.provider = 'token.actions.githubusercontent.com'
                or (
                    c.comparison = 'stringlike' and c.value glob '*[*?]*'
                    and exists (select 1 from owner_label as l where l.provider = c.provider)
                ) then
                exists (
                    select 1
                    from (
                        -- What follows the word; the owner ends at the first slash.
                        select
                            replace(
                                replace(
                                    substr(':' || c.value || '/', instr(':' || c.value, l.label) + length(l.label)), ':', '/'
                                ),
                                '@',
                                '/'
                            ) as rest
                        from owner_label as l
                        where l.provider = c.provider and instr(':' || c.value, l.label) > 0
                    ) as owner
                    where owner.rest not glob '/*'
                        and (c.comparison <> 'stringlike' or substr(owner.rest, 1, instr(owner.rest, '/')) not glob '*[*?]*')
                )
            when c.comparison <> 'stringlike' then 1
            when not c.is_subject then c.value not glob '*[*?]*'
            -- Nothing but wildcards, and the words with which every service account of a cluster begins.
            else replace(replace(replace(c.value, '*', ''), '?', ''), ':', '') not in ('', 'systemserviceaccount')
        end as names_somebody
    from claim as c
),
condition as (
    select
        w.arn, w.account_id, w.statement_index, w.provider,
        min(w.names_somebody) as narrows,
        max(w.is_subject and w.comparison in ('stringequals', 'stringequalsignorecase', 'stringlike')) as is_about_subject,
        max(
            not w.is_subject and not w.is_tenancy and w.claim not glob '*:aud' and w.comparison <> 'null'
            and w.claim not in (
                'aws:securetransport', 'aws:requestedregion', 'aws:currenttime', 'aws:epochtime', 'sts:rolesessionname'
            )
        ) as is_about_other,
        group_concat(w.value, ', ') filter (where w.is_subject) as subjects
    from weighed as w
    group by w.arn, w.account_id, w.statement_index, w.provider, w.operator, w.claim
),
entrance as (
    select
        t.arn, t.account_id, t.provider,
        exists (select 1 from shared as s where s.provider = t.provider) as is_shared,
        coalesce(max(c.is_about_subject), 0) as looks_at_subject,
        group_concat(c.subjects, ', ') as subjects,
        case
            when max(c.narrows) then 0
            when max(c.is_about_other) then null
            when exists (
                select 1
                from aws_iam_role_trust_statement as d
                join json_each(d.actions) as a
                where d.arn = t.arn and d.account_id = t.account_id and d.effect = 'Deny'
                    and 'sts:assumerolewithwebidentity' glob a.value
                    and (d.is_for_anyone or instr(d.principals, '"Federated:') > 0)
            ) then null
            else 1
        end as is_wide
    from trust as t
    left join condition as c
        on c.arn = t.arn and c.account_id = t.account_id and c.statement_index = t.statement_index and c.provider = t.provider
    group by t.arn, t.account_id, t.statement_index, t.provider
),
judged as (
    select
        r.arn, r.account_id, r.name, r.path, r.trust_statement_count,
        count(e.provider) as entrances,
        coalesce(max(e.is_wide), 0)
            or iif(r.trust_statement_count is null or count(e.is_wide) < count(e.provider), null, 0) as is_wide,
        max(e.provider is not null and e.is_wide is null) as is_undecided,
        max(e.is_wide and not e.looks_at_subject) as lacks_subject,
        max(e.is_wide and e.is_shared) as is_shared,
        group_concat(distinct e.provider) filter (where e.is_wide) as providers,
        group_concat(e.subjects, ', ') filter (where e.is_wide) as subjects
    from aws_iam_role as r
    left join entrance as e on e.arn = r.arn and e.account_id = r.account_id
    where not r.is_service_linked
    group by r.arn, r.account_id
)
select
    j.arn as resource,
    j.account_id,
    iif(j.entrances > 0, 1, iif(j.trust_statement_count is null, null, 0)) as applies,
    not j.is_wide as ok,
    case
        when j.is_wide then iif(j.lacks_subject, 'no_subject', 'open_subject')
        when j.is_wide is null and j.is_undecided then 'other_conditions'
    end as reason,
    -- A provider of one's own vouches for one's own people and workloads only.
    iif(j.is_wide and not j.is_shared, 'medium', 'high') as severity,
    j.name, j.path, j.providers, j.subjects, j.trust_statement_count
from judged as j
