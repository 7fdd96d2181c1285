-- Certificates that services show to clients, wherever they are kept: in ACM or, as in former days, in IAM.
-- column arn: ARN of the certificate.
-- column account_id: Account that was read.
-- column region: Region; `global` for one of IAM.
-- column is_acm: 1 when it is kept in ACM.
-- column name: The first name that it is for; of IAM's, its own name.
-- column subject_alternative_names: All names that it is for, a list in lower case; NULL when they were not read.
-- column status: ACM's status; `ISSUED` for one of IAM, which has none.
-- column certificate_type: `AMAZON_ISSUED`, `PRIVATE` or `IMPORTED`.
-- column not_after: Until when it is valid, or ''.
-- column days_left: Days until then, negative afterwards; NULL when that is unread or nobody knows yet.
-- column renewal_status: How its renewal stands; '' while none is due, and always for one of IAM.
-- column renewal_status_reason: Why, or ''.
-- column is_renewed: 1 when ACM renews it: it was issued by way of ACM, and nothing makes it ineligible.
select
    c.arn, c.account_id, c.region, 1 as is_acm, c.domain_name as name, c.subject_alternative_names, c.status, c.certificate_type,
    c.not_after, julianday(c.not_after) - julianday(clock.started_at) as days_left, c.renewal_status, c.renewal_status_reason,
    c.certificate_type <> 'IMPORTED' and c.renewal_eligibility <> 'INELIGIBLE' as is_renewed
from aws_acm_certificate as c
cross join snapshot as clock
union all
select
    i.arn, i.account_id, i.region, 0, i.name, i.subject_alternative_names, 'ISSUED', 'IMPORTED',
    i.expiration, julianday(i.expiration) - julianday(clock.started_at), '', '', 0
from aws_iam_server_certificate as i
cross join snapshot as clock
