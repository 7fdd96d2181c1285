/*---
title    = "VPC without flow logs"
severity = "medium"
leg      = "configured"
family   = "flow-logs"
message  = "{shown_name} has no sufficient flow log: {meaning}"
why      = """
Flow logs are the only record of who talked to whom inside of a VPC. They cannot be switched on for the past: after an
intrusion, or while looking for the security group that swallows packets, what was not recorded stays unknown. A log for some
of the subnets misses exactly the traffic that takes another way."""
fix      = "aws ec2 create-flow-logs --region {region} --resource-type VPC --resource-ids {vpc_id} --traffic-type ALL --log-destination-type s3 --log-destination arn:aws:s3:::BUCKET"
references = [
    "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html",
    "https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html",
]

[frameworks]
fsbp = ["EC2.6"]
"cis-3.0" = ["3.7"]
"cis-5.0" = ["3.7"]
nist-800-53r5 = ["AC-4(26)", "AU-2", "AU-3", "AU-6(3)", "AU-6(4)", "AU-12", "CA-7", "SI-7(8)"]
soc2 = ["CC7.2"]

[reasons]
on_vpc       = "an active flow log tells the VPC's traffic"
on_subnets   = "active flow logs tell the traffic of each of its subnets"
none         = "there is none on the VPC, and none on its subnets"
some_subnets = "only {logged_subnets} of its {subnets} subnets have a sufficient one, and the VPC has none"
traffic_type = "there are some, and they do not record the traffic that matters"
not_active   = "there are some, and none of them is active"
shared_vpc   = "another account owns the VPC, and flow logs are shown to the owner only"

[params.accept_reject_only]
default = true
doc     = "Whether it is enough to record rejected traffic; otherwise accepted traffic must be recorded too."
---*/
with logged as (
    select
        f.account_id, f.region, f.resource_id,
        coalesce(max(f.flow_log_status = 'ACTIVE'), 0) as is_active,
        coalesce(
            max(f.flow_log_status = 'ACTIVE' and f.traffic_type in ('ALL', 'REJECT'))
            and (:accept_reject_only or max(f.flow_log_status = 'ACTIVE' and f.traffic_type in ('ALL', 'ACCEPT'))),
            0
        ) as is_enough
    from aws_vpc_flow_log as f
    group by f.account_id, f.region, f.resource_id
),
subnets as (
    select
        s.account_id, s.region, s.vpc_id,
        count(*) as subnets,
        sum(coalesce(l.is_enough, 0)) as logged_subnets,
        count(l.resource_id) as subnets_with_log,
        sum(coalesce(l.is_active, 0)) as subnets_with_active_log
    from aws_vpc_subnet as s
    left join logged as l on l.resource_id = s.subnet_id and l.account_id = s.account_id and l.region = s.region
    group by s.account_id, s.region, s.vpc_id
),
judged as (
    select
        v.*,
        coalesce(l.is_enough, 0) as is_logged,
        coalesce(s.subnets, 0) as subnets,
        coalesce(s.logged_subnets, 0) as logged_subnets,
        coalesce(l.is_active, 0) + coalesce(s.subnets_with_active_log, 0) as active_logs,
        (l.resource_id is not null) + coalesce(s.subnets_with_log, 0) as logs,
        exists (
            select 1
            from aws_ec2_network_interface as i
            where i.vpc_id = v.vpc_id and i.account_id = v.account_id and i.region = v.region
        ) as has_interfaces
    from aws_vpc as v
    left join logged as l on l.resource_id = v.vpc_id and l.account_id = v.account_id and l.region = v.region
    left join subnets as s on s.vpc_id = v.vpc_id and s.account_id = v.account_id and s.region = v.region
)
select
    j.arn as resource,
    j.account_id,
    -- A default VPC that nobody uses has no traffic to tell of.
    not j.is_default or j.has_interfaces as applies,
    case
        when j.owner_id <> j.account_id then null
        else j.is_logged or (j.subnets > 0 and j.logged_subnets = j.subnets)
    end as ok,
    case
        when j.owner_id <> j.account_id then 'shared_vpc'
        when j.is_logged then 'on_vpc'
        when j.subnets > 0 and j.logged_subnets = j.subnets then 'on_subnets'
        when j.logged_subnets > 0 then 'some_subnets'
        when j.active_logs > 0 then 'traffic_type'
        when j.logs > 0 then 'not_active'
        else 'none'
    end as reason,
    iif(j.name = '', j.vpc_id, j.name || ' (' || j.vpc_id || ')') as shown_name,
    j.vpc_id, j.owner_id, j.is_default, j.subnets, j.logged_subnets, j.active_logs
from judged as j
