-- The version of every stand-alone instance and every cluster, with what AWS says of that version. The members of a cluster follow
-- the cluster, in RDS Custom one looks after the engine oneself, Neptune and DocumentDB are other services: none of them is here.
-- column arn: ARN of the instance or cluster.
-- column account_id: Account that was read.
-- column region: Region.
-- column engine: Engine.
-- column engine_version: Version that runs; NULL while there is none yet.
-- column version_key: The version with every number padded to eight digits, to be compared as text. The name of a patch of extended support is left out.
-- column auto_minor_version_upgrade: Whether AWS upgrades the minor version by itself. In Aurora that is so when every member says so.
-- column version_arn: ARN that driftlead gives to the version, or NULL.
-- column version_status: `available`, `deprecated`, '' when AWS does not list the version at all; NULL when it was not read.
-- column major_engine_version: Major version, or NULL when it was not read.
-- column auto_upgrade_version: Version to which AWS upgrades by itself where it may, or ''; NULL when it was not read.
-- column standard_support_end_date: Last day of the major version's standard support, or ''; NULL when AWS does not tell the major version.
-- column extended_support_end_date: Last day of its extended support, or ''; NULL when AWS does not tell the major version.
with members as (
    select
        m.arn, m.account_id, m.region,
        coalesce(min(i.auto_minor_version_upgrade), 1)
            and iif(count(i.auto_minor_version_upgrade) < count(*), null, 1) as auto_minor_version_upgrade
    from aws_rds_db_cluster_member as m
    left join aws_rds_db_instance as i
        on i.db_instance_identifier = m.db_instance_identifier and i.account_id = m.account_id and i.region = m.region
    group by m.arn, m.account_id, m.region
),
databases as (
    select arn, account_id, region, engine, engine_version, auto_minor_version_upgrade
    from aws_rds_db_instance
    where db_cluster_identifier = ''
    union all
    select
        c.arn, c.account_id, c.region, c.engine, c.engine_version,
        iif(c.engine like 'aurora%' and m.arn is not null, m.auto_minor_version_upgrade, c.auto_minor_version_upgrade)
    from aws_rds_db_cluster as c
    left join members as m on m.arn = c.arn and m.account_id = c.account_id and m.region = c.region
)
select
    d.arn, d.account_id, d.region, d.engine, d.engine_version,
    (
        select group_concat(iif(p.value glob '*[^0-9]*', p.value, printf('%08d', p.value)), '.')
        from json_each(
            '[' || replace(json_quote(substr(d.engine_version, 1, instr(d.engine_version || '-', '-') - 1)), '.', '","') || ']'
        ) as p
        where d.engine_version is not null
    ) as version_key,
    d.auto_minor_version_upgrade,
    v.arn as version_arn,
    v.status as version_status,
    v.major_engine_version, v.auto_upgrade_version,
    m.standard_support_end_date, m.extended_support_end_date
from databases as d
left join aws_rds_db_engine_version as v
    on v.account_id = d.account_id and v.region = d.region and v.engine = d.engine and v.engine_version = d.engine_version
left join aws_rds_db_major_engine_version as m
    on m.account_id = d.account_id and m.region = d.region and m.engine = d.engine and m.major_engine_version = v.major_engine_version
where d.engine not in ('neptune', 'docdb') and d.engine not like 'custom-%'
