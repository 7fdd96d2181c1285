/*---
title    = "Database that one call can delete"
severity = "medium"
leg      = "configured"
family   = "backup"
message  = "{name} ({engine}) has no deletion protection: one call deletes it"
why      = """
A stack that is torn down, a script with the wrong name in it, a click: without deletion protection AWS does what it is told, and unless
somebody asks for a last snapshot the automated backups go with the database."""
fix      = "aws rds modify-db-instance --region {region} --db-instance-identifier {name} --deletion-protection --apply-immediately"
references = ["https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html"]

[frameworks]
fsbp = ["RDS.8"]
nist-800-53r5 = ["CM-3", "SC-5(2)", "SI-13(5)"]
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
    -- Backups of a cluster's members are the cluster's; those of a replica are its source's.
    d.db_cluster_identifier = '' and d.replication_source = '' and d.engine not in ('neptune', 'docdb')
        and d.db_instance_status <> 'deleting'
        and not exists (
            select 1 from json_each(:nonproduction_values) as x where x.value = d.tags ->> ('$."' || :nonproduction_tag || '"')
        ) as applies,
    d.deletion_protection as ok,
    case d.deletion_protection when 1 then 'protected' when 0 then 'no_deletion_protection' end as reason,
    d.db_instance_identifier as name,
    d.engine, d.deletion_protection, d.instance_create_time
from aws_rds_db_instance as d
