/*---
title    = "Database whose upgrade or change never happens"
severity = "medium"
leg      = "working"
family   = "engine-version"
message  = "{name} ({engine} {engine_version}) waits for {waiting}: {meaning}"
why      = """
AWS does what waits in the next maintenance window, once a week. What is still waiting after two of them is not going to happen by
itself: the window is too short, the database is never idle enough, or something about it forbids the change."""
fix      = "aws rds apply-pending-maintenance-action --region {region} --resource-identifier {resource} --apply-action {waiting} --opt-in-type immediate"
references = ["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Maintenance.html"]

[frameworks]
nist-800-53r5 = ["SI-2", "SI-2(2)"]
"pci-dss-4.0.1" = ["6.3.3"]
soc2 = ["CC7.1"]

[reasons]
nothing_overdue            = "nothing waits for longer than it should"
auto_upgrade_not_happening = "AWS may upgrade it, and was to have done so weeks ago"
pending_change_stuck       = "the day for which it was announced is weeks ago"
change_pending             = "a change waits for the next maintenance window, and nobody can tell since when"

[params.grace_days]
default = 15
doc     = "Days after the announced one from which on something is stuck: two weekly windows, and a day."
---*/
with waiting as (
    select
        a.arn, a.account_id, a.region,
        max(
            a.action = 'db-upgrade' and julianday(clock.started_at) - julianday(a.auto_applied_after_date) > :grace_days
        ) as has_late_upgrade,
        max(
            julianday(clock.started_at)
                - julianday(iif(a.forced_apply_date = '', a.current_apply_date, a.forced_apply_date)) > :grace_days
        ) as has_stuck_action,
        min(a.action) filter (
            where julianday(clock.started_at)
                - julianday(coalesce(
                    nullif(a.forced_apply_date, ''), nullif(a.current_apply_date, ''), a.auto_applied_after_date
                )) > :grace_days
        ) as action
    from aws_rds_pending_maintenance_action as a
    cross join snapshot as clock
    group by a.arn, a.account_id, a.region
),
judged as (
    select
        d.*,
        -- A time that AWS does not tell is none that has passed.
        coalesce(w.has_late_upgrade, 0) as has_late_upgrade,
        coalesce(w.has_stuck_action, 0) as has_stuck_action,
        w.action
    from aws_rds_db_instance as d
    left join waiting as w on w.arn = d.arn and w.account_id = d.account_id and w.region = d.region
)
select
    d.arn as resource,
    d.account_id,
    d.db_instance_status not in ('deleting', 'stopped', 'stopping') as applies,
    not (d.has_late_upgrade and v.auto_minor_version_upgrade) and not d.has_stuck_action
        and iif(d.pending_modified_values = '{}', 1, null) as ok,
    case
        when d.has_stuck_action then 'pending_change_stuck'
        when d.has_late_upgrade and v.auto_minor_version_upgrade then 'auto_upgrade_not_happening'
        when d.has_late_upgrade and v.auto_minor_version_upgrade is null then null
        when d.pending_modified_values <> '{}' then 'change_pending'
        else 'nothing_overdue'
    end as reason,
    d.db_instance_identifier as name,
    coalesce(d.action, 'nothing') as waiting,
    v.engine, v.engine_version, v.auto_minor_version_upgrade, d.pending_modified_values, d.preferred_maintenance_window
from judged as d
join aws_rds_database_version as v on v.arn = d.arn and v.account_id = d.account_id and v.region = d.region
