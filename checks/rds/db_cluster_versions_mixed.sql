/*---
title    = "Cluster whose members run different versions"
severity = "medium"
leg      = "working"
family   = "engine-version"
message  = "{name} runs {engine} {engine_version}, and not in all of its members: {others}"
why      = """
An upgrade of a cluster that stopped half-way leaves members on the old version. The next failover then changes the version of the
database, or does not happen."""
fix      = "aws rds describe-events --region {region} --source-type db-cluster --source-identifier {name} --duration 20160"
references = ["https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_UpgradeDBInstance.Upgrading.html"]

[frameworks]
soc2 = ["CC8.1"]

[reasons]
same_version   = "every member runs the version of the cluster"
mixed_versions = "a member runs another version than the cluster"
in_transition  = "a member runs another version, while the cluster is being changed"
---*/
with members as (
    select
        d.arn, d.account_id, d.region,
        coalesce(min(i.engine_version = d.engine_version), 1)
            and iif(count(i.engine_version = d.engine_version) < count(*), null, 1) as is_same,
        group_concat(m.db_instance_identifier || ' ' || i.engine_version, ', ')
            filter (where i.engine_version <> d.engine_version) as others
    from aws_rds_db_cluster as d
    join aws_rds_db_cluster_member as m on m.arn = d.arn and m.account_id = d.account_id and m.region = d.region
    left join aws_rds_db_instance as i
        on i.db_instance_identifier = m.db_instance_identifier and i.account_id = m.account_id and i.region = m.region
    group by d.arn, d.account_id, d.region
)
select
    d.arn as resource,
    d.account_id,
    d.engine not in ('neptune', 'docdb') and d.status <> 'deleting' as applies,
    iif(m.is_same = 0 and d.status <> 'available', null, m.is_same) as ok,
    case
        when m.is_same then 'same_version'
        when m.is_same = 0 and d.status <> 'available' then 'in_transition'
        when m.is_same = 0 then 'mixed_versions'
    end as reason,
    d.db_cluster_identifier as name,
    m.others,
    d.engine, d.engine_version, d.status, d.member_count
from aws_rds_db_cluster as d
join members as m on m.arn = d.arn and m.account_id = d.account_id and m.region = d.region
