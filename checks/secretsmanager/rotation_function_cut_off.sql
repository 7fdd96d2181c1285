/*---
title    = "Rotation function that cannot reach Secrets Manager"
severity = "high"
leg      = "working"
family   = "rotation"
volatile = ["subnet_list"]
message  = "{name} is rotated by {function_name}, which cannot reach Secrets Manager: {meaning} ({cut_off_subnets} of {subnet_count} subnets of {vpc_id})"
why      = """
A function in a VPC has no public address, wherever its subnets lead. It reaches Secrets Manager through a NAT or through an
interface endpoint in its VPC, and without either each of its calls waits until the function's time is over. The rotation fails,
and the log says nothing but that a task timed out."""
fix      = "aws ec2 create-vpc-endpoint --region {region} --vpc-id {vpc_id} --vpc-endpoint-type Interface --service-name com.amazonaws.{region}.secretsmanager --subnet-ids {subnet_list} --security-group-ids SECURITY_GROUP_ID"
references = [
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot_rotation.html",
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/vpc-endpoint-overview.html",
]

[frameworks]
fsbp = ["SecretsManager.2"]
"nist-800-53r5" = ["AC-2(1)", "AC-3(15)"]
"pci-dss-4.0.1" = ["8.3.9", "8.6.3"]
soc2 = ["CC6.1"]

[reasons]
path_to_endpoint    = "each of its subnets leads to a NAT, or its VPC has an endpoint for Secrets Manager"
no_path_to_endpoint = "a subnet of the function leads to no NAT, and its VPC has no endpoint for Secrets Manager"
path_not_known      = "where a subnet of the function leads, or whether an endpoint answers there by Secrets Manager's own name, is not known"
---*/
with function as (
    select
        s.arn as secret_arn, s.account_id, f.region, f.arn as function_arn, f.name as function_name, f.vpc_id, f.subnet_ids,
        s.rotation_function_arn
    from aws_secretsmanager_secret as s
    join aws_lambda_function as f
        on f.arn = s.rotation_function_arn and f.account_id = s.account_id and f.region = s.region
    where f.vpc_id <> ''
),
subnet as (
    select
        f.secret_arn, f.account_id, member.value as subnet_id,
        case
            when r.target_kind in ('none', 'internet_gateway', 'vpc_peering_connection') or r.route_state = 'blackhole' then 0
            when r.route_state is null then null
            when r.target_kind = 'nat_gateway' then iif(n.arn is null, null, n.connectivity_type <> 'private')
            when r.target_kind in ('network_interface', 'instance') then 1
        end as leads_out
    from function as f
    join json_each(f.subnet_ids) as member
    left join aws_vpc_subnet as s on s.subnet_id = member.value and s.account_id = f.account_id and s.region = f.region
    left join aws_vpc_effective_route as r on r.arn = s.arn and r.account_id = s.account_id and r.family = 'ipv4'
    left join aws_vpc_nat_gateway as n
        on n.nat_gateway_id = r.target_id and n.account_id = f.account_id and n.region = f.region
),
counted as (
    select
        secret_arn, account_id,
        count(*) as subnet_count,
        count(*) filter (where leads_out = 0) as cut_off_subnets,
        count(*) filter (where leads_out is null) as unknown_subnets
    from subnet
    group by secret_arn, account_id
),
judged as (
    select
        s.*,
        f.function_arn, f.function_name, f.vpc_id, f.subnet_ids, c.subnet_count, c.cut_off_subnets, c.unknown_subnets,
        -- With a name of its own only, it answers a function that was told that name.
        (
            select coalesce(max(e.state = 'available' and e.private_dns_enabled), 0)
                or iif(count(*) filter (where e.state is null or e.state = 'available') > 0, null, 0)
            from aws_vpc_endpoint as e
            where e.vpc_id = f.vpc_id and e.account_id = s.account_id and e.region = s.region
                and e.vpc_endpoint_type = 'Interface' and e.service_name like '%.secretsmanager'
        ) as has_endpoint
    from aws_secretsmanager_secret as s
    left join function as f on f.secret_arn = s.arn and f.account_id = s.account_id
    left join counted as c on c.secret_arn = s.arn and c.account_id = s.account_id
)
select
    j.arn as resource,
    j.account_id,
    j.deleted_date = '' and j.rotation = 'on' and j.primary_region in ('', j.region) and j.function_arn is not null as applies,
    case
        when j.has_endpoint then 1
        when j.cut_off_subnets > 0 then iif(j.has_endpoint is null, null, 0)
        when j.unknown_subnets = 0 and j.subnet_count > 0 then 1
    end as ok,
    case
        when j.has_endpoint then 'path_to_endpoint'
        when j.cut_off_subnets > 0 and j.has_endpoint = 0 then 'no_path_to_endpoint'
        when j.unknown_subnets = 0 and j.subnet_count > 0 and j.cut_off_subnets = 0 then 'path_to_endpoint'
        else 'path_not_known'
    end as reason,
    (select group_concat(m.value, ' ') from json_each(j.subnet_ids) as m) as subnet_list,
    j.name, j.function_name, j.function_arn, j.vpc_id, j.subnet_ids, j.subnet_count, j.cut_off_subnets, j.unknown_subnets,
    j.has_endpoint, j.last_rotated_date
from judged as j
