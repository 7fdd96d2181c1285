/*---
title    = "Policy that is attached to nobody"
severity = "info"
leg      = "configured"
family   = "policy-use"
message  = "{name} is attached to nobody and bounds nobody"
why      = """
A policy that nobody has grants nothing today, and whoever may attach policies has it ready tomorrow. Such leftovers of stacks and
trials make the list of policies longer than what is true, and an auditor has to ask about each of them."""
fix      = "aws iam delete-policy --policy-arn {resource}"
references = ["https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_manage-delete.html"]

[frameworks]
soc2 = ["CC6.3"]

[reasons]
unattached = "nobody has had a use for it since it was made on {create_date}"
too_new    = "nobody has it, and it is younger than {days} days"

[params.days]
default = 30
doc     = "Days after which a policy should be in use."
---*/
with policy as (
    select
        p.*,
        julianday(clock.started_at) - julianday(p.create_date) as age_days,
        exists (
            select 1
            from aws_iam_policy_attachment as a
            where a.policy_arn = p.arn and a.account_id = p.account_id
        ) as is_bound
    from aws_iam_policy as p
    cross join snapshot as clock
    where not p.is_aws_managed
)
select
    p.arn as resource,
    p.account_id,
    case
        when p.is_bound or p.attachment_count > 0 then 1
        when p.attachment_count = 0 and p.age_days > :days then 0
    end as ok,
    case
        when p.is_bound or p.attachment_count > 0 then null
        when p.attachment_count = 0 and p.age_days > :days then 'unattached'
        when p.attachment_count = 0 and p.age_days <= :days then 'too_new'
    end as reason,
    p.name, p.create_date, p.default_version_id, p.version_count
from policy as p
