/*---
title    = "Zones that depend on another zone's NAT gateway"
severity = "medium"
leg      = "configured"
family   = "nat-per-zone"
message  = "{name}: the loss of another zone takes the internet away from {dark}: {meaning}"
why      = """
A zonal NAT gateway lives in one availability zone. Subnets in other zones that route through it lose the internet with that zone,
although they are healthy themselves, and pay for traffic between zones until then. A gateway in every zone helps only if each zone's
own route table points at its own gateway; counting gateways does not tell."""
fix      = "aws ec2 create-nat-gateway --region {region} --subnet-id PUBLIC_SUBNET_IN_{first_dark_zone} --allocation-id ALLOCATION_ID"
references = [
    "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html",
    "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html",
]

[fixes]
cross_az_route = "aws ec2 replace-route --region {region} --route-table-id ROUTE_TABLE_OF_{first_dark_zone} --destination-cidr-block 0.0.0.0/0 --nat-gateway-id NAT_GATEWAY_IN_{first_dark_zone}"

[frameworks]
soc2 = ["A1.2"]

[reasons]
per_zone              = "every zone uses a NAT gateway of its own"
regional              = "a regional NAT gateway covers every zone"
single_nat            = "one NAT gateway serves several zones"
cross_az_route        = "there is a NAT gateway in the zone itself, and routes lead to another zone's"
regional_az_uncovered = "the regional NAT gateway was told to stay out of the zone"
too_new               = "a NAT gateway is younger than an hour: it is not settled where it will be"
nat_missing           = "a route leads to a NAT gateway that is not there, so nobody can say where it is"

[params.nonproduction_tag]
default = "env"
doc     = "Tag of a VPC that tells a network where the saved money may be worth the risk."

[params.nonproduction_values]
default = ["dev", "test", "sandbox", "staging"]
doc     = "Values of that tag for which the finding is information only."
---*/
with used as (
    select
        u.*,
        -- Only what uses a NAT gateway and runs something can be cut off.
        not u.uses_nat or not u.has_workload or u.is_covered as is_fine,
        u.uses_nat and u.has_workload as counts,
        exists (
            select 1
            from aws_vpc_nat_gateway as n
            join aws_vpc_subnet as home on home.subnet_id = n.subnet_id and home.account_id = n.account_id and home.region = n.region
            where n.vpc_id = u.vpc_id and n.account_id = u.account_id and n.region = u.region and n.state = 'available'
                and home.availability_zone_id = u.zone_id
        ) as zone_has_nat,
        n.availability_mode
    from aws_vpc_nat_use as u
    left join aws_vpc_nat_gateway as n on n.arn = u.nat_gateway_arn and n.account_id = u.account_id
),
zones as (
    select account_id, region, vpc_id, zone_id as zone, counts
    from used
    union all
    select account_id, region, vpc_id, nat_zone_id, counts
    from used
    where nat_zone_id <> ''
),
counted as (
    select
        account_id, region, vpc_id,
        count(distinct zone) filter (where counts) as zones_for_sure,
        count(distinct zone) filter (where coalesce(counts, 1)) as zones_at_most
    from zones
    group by account_id, region, vpc_id
),
judged as (
    select
        account_id, region, vpc_id,
        coalesce(min(is_fine), 1) and iif(count(is_fine) < count(*), null, 1) as ok,
        max(is_fine = 0 and availability_mode = 'regional') as has_uncovered,
        max(is_fine = 0 and availability_mode = 'zonal' and not zone_has_nat) as has_shared,
        max(is_fine is null and counts and nat_gateway_arn is null) as has_missing,
        max(is_fine is null and counts and nat_gateway_arn is not null) as has_young,
        max(counts and availability_mode = 'regional') as has_regional,
        json_group_array(distinct zone_id) filter (where is_fine = 0) as dark_zones,
        json_group_array(distinct nat_gateway_id) filter (where counts) as nat_gateway_ids,
        json_group_array(distinct subnet_id) filter (where is_fine = 0) as subnet_ids,
        min(zone_id) filter (where is_fine = 0) as first_dark_zone
    from used
    group by account_id, region, vpc_id
)
select
    v.arn as resource,
    v.account_id,
    case
        when c.zones_at_most is null or c.zones_at_most < 2 then 0
        when c.zones_for_sure >= 2 then 1
    end as applies,
    j.ok,
    case
        when j.ok = 0 and j.has_shared then 'single_nat'
        when j.ok = 0 and j.has_uncovered then 'regional_az_uncovered'
        when j.ok = 0 then 'cross_az_route'
        when j.ok is null and j.has_missing then 'nat_missing'
        when j.ok is null and j.has_young then 'too_new'
        when j.ok = 1 and j.has_regional then 'regional'
        when j.ok = 1 then 'per_zone'
    end as reason,
    iif(
        exists (select 1 from json_each(:nonproduction_values) as x where x.value = v.tags ->> ('$."' || :nonproduction_tag || '"')),
        'info',
        'medium'
    ) as severity,
    iif(v.name = '', v.vpc_id, v.name || ' (' || v.vpc_id || ')') as name,
    (select group_concat(value, ', ') from json_each(j.dark_zones)) as dark,
    v.vpc_id, j.dark_zones, j.first_dark_zone, j.nat_gateway_ids, j.subnet_ids
from aws_vpc as v
left join judged as j on j.vpc_id = v.vpc_id and j.account_id = v.account_id and j.region = v.region
left join counted as c on c.vpc_id = v.vpc_id and c.account_id = v.account_id and c.region = v.region
