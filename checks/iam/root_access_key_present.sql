/*---
title    = "Root user with access keys"
severity = "critical"
leg      = "configured"
family   = "root-user"
message  = "The root user of account {account} has access keys ({root_access_keys})"
why      = """
No policy of the account limits the root user: whoever holds its key can empty the account, lock everybody else out and close
it. A key works without a second factor, from anywhere, until somebody deletes it. Whatever it is used for, a role can do it
with credentials that expire; only the root user itself, or the organisation's central root access, can delete the key."""
fix      = "aws iam delete-access-key --access-key-id ROOT_ACCESS_KEY_ID  # with the root user's own credentials"
references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html",
]

[frameworks]
fsbp = ["IAM.4"]
"cis-3.0" = ["1.4"]
"cis-5.0" = ["1.3"]
nist-800-53r5 = ["AC-2(1)", "AC-3(15)", "AC-3(7)", "AC-6", "AC-6(10)", "AC-6(2)"]
---*/
select
    s.arn as resource,
    s.account_id,
    s.root_access_keys = 0 as ok,
    s.root_access_keys
from aws_iam_account_summary as s
