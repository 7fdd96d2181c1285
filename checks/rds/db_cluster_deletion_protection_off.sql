/*---
title    = "Cluster that one call can delete"
severity = "medium"
leg      = "configured"
family   = "backup"
message  = "{name} ({engine}) has no deletion protection: one call deletes it"
why      = """
A stack that is torn down, a script with the wrong name in it, a click: without deletion protection AWS does what it is told, and unless
somebody asks for a last snapshot the automated backups go with the database."""
fix      = "aws rds modify-db-cluster --region {region} --db-cluster-identifier {name} --deletion-protection --apply-immediately"
references = ["https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html"]

[frameworks]
nist-800-53r5 = ["CM-3", "SC-5(2)"]
fsbp = ["RDS.7"]
soc2 = ["A1.2"]

[reasons]
protected              = "it cannot be deleted before its protection is switched off"
no_deletion_protection = "deletion protection is off"

[params.nonproduction_tag]
default = "env"
doc     = "Tag that tells a database that may be lost."

[params.nonproduction_values]
default = ["dev", "test", "sandbox", "staging"]
doc     = "Values of that tag for which nothing is asked."
---*/
select
    d.arn as resource,
    d.account_id,
    d.engine not in ('neptune', 'docdb') and d.status <> 'deleting'
        and not exists (
            select 1 from json_each(:nonproduction_values) as x where x.value = d.tags ->> ('$."' || :nonproduction_tag || '"')
        ) as applies,
    d.deletion_protection as ok,
    case d.deletion_protection when 1 then 'protected' when 0 then 'no_deletion_protection' end as reason,
    d.db_cluster_identifier as name,
    d.engine, d.deletion_protection, d.cluster_create_time
from aws_rds_db_cluster as d
