/*---
title    = "Function whose runtime is not kept up to date"
severity = "info"
leg      = "configured"
family   = "runtime-updates"
message  = "{name} stays on one build of {runtime}: {meaning}"
why      = """
Lambda closes holes in a runtime by moving functions to its next build, usually within days and without anybody noticing. That
can be held back, for a day on which a new build breaks something. Held for good, the function runs on a build of the day on
which somebody typed the setting, with every hole that was found since."""
fix      = "aws lambda put-runtime-management-config --region {region} --function-name {name} --update-runtime-on Auto"
references = ["https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html"]

[frameworks]
soc2 = ["CC7.1"]

[reasons]
runtime_auto    = "Lambda moves it to newer builds of its runtime by itself"
runtime_updated = "it moves to the newest build whenever it is changed, and it was changed not long ago"
runtime_pinned  = "somebody pinned the build by hand, or the function that moves on only when it is changed was left alone for long"

[params.max_days]
default = 180
doc     = "Days without a change after which a function that is updated only then counts as held."
---*/
with dated as (
    select
        f.*,
        -- AWS writes the offset without its colon, which SQLite does not read.
        julianday(clock.started_at) - julianday(substr(f.last_modified, 1, 19)) as days_unchanged
    from aws_lambda_function as f
    cross join snapshot as clock
)
select
    d.arn as resource,
    d.account_id,
    d.package_type <> 'Image' as applies,
    case d.update_runtime_on
        when 'Auto' then 1
        when 'Manual' then 0
        when 'FunctionUpdate' then d.days_unchanged <= :max_days
    end as ok,
    case
        when d.update_runtime_on = 'Auto' then 'runtime_auto'
        when d.update_runtime_on = 'Manual' then 'runtime_pinned'
        when d.update_runtime_on = 'FunctionUpdate' and d.days_unchanged > :max_days then 'runtime_pinned'
        when d.update_runtime_on = 'FunctionUpdate' and d.days_unchanged <= :max_days then 'runtime_updated'
    end as reason,
    d.name, d.runtime, d.update_runtime_on, d.last_modified
from dated as d
