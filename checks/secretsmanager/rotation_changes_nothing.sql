/*---
title    = "Rotation that changes nothing"
severity = "high"
leg      = "working"
family   = "rotation"
volatile = ["rotated_day", "version_day", "version_created_date"]
message  = "{name} counts as rotated on {rotated_day}, and the version in use is of {version_day}: {meaning} ({code_size} bytes)"
why      = """
A rotation function that was generated and never written reports success for steps that it does not take. Secrets Manager believes
it, moves the date, and every list says that the secret was rotated. The password is the one of the first day."""
fix      = "aws lambda update-function-code --region {region} --function-name {rotation_function_arn} --zip-file fileb://FUNCTION_ZIP && aws secretsmanager rotate-secret --region {region} --secret-id {resource}"
references = [
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html",
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_available-rotation-templates.html",
]

[frameworks]
fsbp = ["SecretsManager.2", "SecretsManager.4"]
"nist-800-53r5" = ["AC-2(1)", "AC-3(15)"]
"pci-dss-4.0.1" = ["8.3.9", "8.6.3"]
soc2 = ["CC6.1"]

[reasons]
value_changed = "the version in use was made when the secret was rotated last"
noop_rotation = "the rotation function is too small to do its work, never fails, and leaves the version in use as it was"
value_older   = "the version in use is older than the last rotation: an attempt that took days can look like that, and so can one that changes nothing"

[params.placeholder_bytes]
default = 1024
doc     = "A function whose code is smaller than this cannot rotate anything."
---*/
with judged as (
    select
        s.*,
        f.arn as function_arn, f.code_size, m.invocations_14d, m.errors_14d,
        v.version_id, v.created_date as version_created_date,
        iif(s.version_count is null, null, julianday(s.last_rotated_date) - julianday(v.created_date) > 1) as is_older,
        -- Calls are counted for 14 days; a rotation before that was called all the same.
        m.errors_14d = 0 and (m.invocations_14d > 0 or julianday(clock.started_at) - julianday(s.last_rotated_date) > 14) as is_called_in_vain
    from aws_secretsmanager_secret as s
    cross join snapshot as clock
    left join aws_secretsmanager_secret_version as v on v.arn = s.arn and v.account_id = s.account_id and v.is_current
    left join aws_lambda_function as f
        on f.arn = s.rotation_function_arn and f.account_id = s.account_id and f.region = s.region
    left join aws_lambda_function_metric as m on m.arn = f.arn and m.account_id = f.account_id
)
select
    j.arn as resource,
    j.account_id,
    j.deleted_date = '' and j.rotation = 'on' and j.primary_region in ('', j.region) and j.owning_service = ''
        and j.rotation_function_arn <> '' and j.last_rotated_date <> '' as applies,
    case
        when j.is_older = 0 then 1
        when j.is_older and j.code_size < :placeholder_bytes and j.is_called_in_vain then 0
    end as ok,
    case
        when j.is_older = 0 then 'value_changed'
        when j.is_older and j.code_size < :placeholder_bytes and j.is_called_in_vain then 'noop_rotation'
        when j.is_older and (j.function_arn is null or j.code_size >= :placeholder_bytes or j.is_called_in_vain = 0) then 'value_older'
    end as reason,
    substr(j.last_rotated_date, 1, 10) as rotated_day,
    substr(j.version_created_date, 1, 10) as version_day,
    j.name, j.last_rotated_date, j.version_id, j.version_created_date, j.version_count, j.rotation_function_arn, j.code_size,
    j.invocations_14d, j.errors_14d
from judged as j
