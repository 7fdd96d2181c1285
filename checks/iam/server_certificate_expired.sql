/*---
title    = "Expired server certificate in IAM"
severity = "medium"
leg      = "configured"
family   = "server-certificates"
volatile = ["days"]
message  = "{name} expired on {expiration}, {days} days ago, and is still kept in IAM"
why      = """
An expired certificate is of no use to anybody, and one that is still there gets put on a load balancer or a distribution by mistake,
where clients then hang up. IAM warns nobody, and no console shows its certificates: they are found by asking for them only."""
fix      = "aws iam delete-server-certificate --server-certificate-name {name}"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_server-certs_manage.html",
]

[frameworks]
"cis-3.0" = ["1.19"]
"cis-5.0" = ["1.18"]
soc2 = ["CC6.7"]

[reasons]
cert_valid   = "it is valid"
cert_expired = "it has expired"
---*/
with judged as (
    select i.*, julianday(clock.started_at) - julianday(i.expiration) as days_past
    from aws_iam_server_certificate as i
    cross join snapshot as clock
)
select
    j.arn as resource,
    j.account_id,
    j.days_past <= 0 as ok,
    iif(j.days_past <= 0, 'cert_valid', iif(j.days_past > 0, 'cert_expired', null)) as reason,
    substr(j.expiration, 1, 10) as expiration,
    cast(j.days_past as integer) as days,
    j.name, j.upload_date, j.subject_alternative_names
from judged as j
