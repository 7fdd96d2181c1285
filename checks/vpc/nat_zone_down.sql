/*---
title    = "Zones whose NAT gateway does not carry traffic"
severity = "high"
leg      = "working"
family   = "nat-per-zone"
message  = "{name}: no way out of {dark}: {down} {meaning}"
why      = """
High availability over zones is worth what its weakest zone is worth. A NAT gateway that failed, was deleted or lives in a subnet
without a way out leaves its zone dark, and the zone's workloads fail one request in three until somebody looks at that zone alone."""
fix      = "aws ec2 describe-nat-gateways --region {region} --nat-gateway-ids {first_down}"
references = ["https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html"]

[frameworks]
soc2 = ["A1.2"]

[reasons]
confirmed  = "every zone's NAT gateway is in order and moved bytes in the last 7 days"
nat_down   = "is not available, has no public address, or has no way out itself"
no_traffic = "a NAT gateway in order moved no bytes in the last 7 days, which proves nothing"
shared_vpc = "another account shares the VPC, and does not show its NAT gateways to this one"
no_data    = "CloudWatch has no points for a NAT gateway, not even zeroes"
---*/
with used as (
    select
        u.account_id, u.region, u.vpc_id, u.zone_id, u.nat_gateway_id, u.nat_gateway_arn,
        -- A private one leads to other networks, and never to the internet.
        u.uses_nat and u.has_workload and iif(u.nat_gateway_arn is null, 1, p.is_public) as counts,
        case
            when u.nat_gateway_arn is not null then
                p.is_available and p.has_public_address and p.has_gateway_route and p.is_gateway_attached and p.is_open
            -- One that is not there at all; of a VPC that another account shares, its gateways are not shown here.
            when u.uses_nat then iif(v.owner_id = v.account_id, 0, null)
        end as is_up,
        m.bytes_out_7d > 0 as has_traffic,
        m.datapoints_14d > 0 as has_points
    from aws_vpc_nat_use as u
    left join aws_vpc as v on v.vpc_id = u.vpc_id and v.account_id = u.account_id and v.region = u.region
    left join aws_vpc_nat_path as p on p.arn = u.nat_gateway_arn and p.account_id = u.account_id
    left join aws_vpc_nat_gateway_metric as m on m.arn = u.nat_gateway_arn and m.account_id = u.account_id
),
judged as (
    select
        account_id, region, vpc_id,
        coalesce(max(counts), 0) or iif(count(counts) < count(*), null, 0) as applies,
        coalesce(min(not counts or (is_up and iif(has_traffic, 1, null))), 1)
            and iif(count(not counts or (is_up and iif(has_traffic, 1, null))) < count(*), null, 1) as ok,
        max(counts and is_up and has_points = 0) as has_silent,
        max(counts and is_up and has_points and has_traffic = 0) as has_idle,
        json_group_array(distinct zone_id) filter (where counts and is_up = 0) as dark_zones,
        json_group_array(distinct nat_gateway_id) filter (where counts and is_up = 0) as down_ids,
        json_group_array(distinct nat_gateway_arn) filter (where counts and nat_gateway_arn is not null) as nat_gateway_arns
    from used
    group by account_id, region, vpc_id
)
select
    v.arn as resource,
    v.account_id,
    coalesce(j.applies, iif(j.vpc_id is null, 0, null)) as applies,
    j.ok,
    case
        when j.ok = 1 then 'confirmed'
        when j.ok = 0 then 'nat_down'
        when v.owner_id <> v.account_id then 'shared_vpc'
        when j.has_silent then 'no_data'
        when j.has_idle then 'no_traffic'
    end as reason,
    iif(v.name = '', v.vpc_id, v.name || ' (' || v.vpc_id || ')') as name,
    (select group_concat(value, ', ') from json_each(j.dark_zones)) as dark,
    (select group_concat(iif(value = '', 'a missing NAT gateway', value), ', ') from json_each(j.down_ids)) as down,
    j.down_ids ->> '$[0]' as first_down,
    v.vpc_id, j.dark_zones, j.nat_gateway_arns
from aws_vpc as v
left join judged as j on j.vpc_id = v.vpc_id and j.account_id = v.account_id and j.region = v.region
