/*---
title    = "NAT gateway that nobody uses"
severity = "low"
leg      = "working"
family   = "nat-gateways"
message  = "{name} moved nothing to the internet in 14 days and is paid for by the hour"
why      = """
A NAT gateway costs by the hour, used or not. One that moves nothing is either forgotten, or it is the gateway that a zone's route
table should point at and does not."""
fix      = "aws ec2 delete-nat-gateway --region {region} --nat-gateway-id {nat_gateway_id}"
references = ["https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway-cloudwatch.html"]

[reasons]
in_use   = "it moved bytes, or held connections, in the last 14 days"
idle_nat = "no byte and no connection in 14 days"
too_new  = "it is younger than 14 days"
no_data  = "CloudWatch has no points for it, not even zeroes"
---*/
select
    n.arn as resource,
    n.account_id,
    n.state = 'available' as applies,
    case
        when m.bytes_out_14d > 0 or m.active_connections_max_14d > 0 then 1
        when julianday(clock.started_at) - julianday(n.create_time) < 14 then null
        when m.datapoints_14d > 0 then not (m.bytes_out_14d = 0 and m.active_connections_max_14d = 0)
    end as ok,
    case
        when m.bytes_out_14d > 0 or m.active_connections_max_14d > 0 then 'in_use'
        when julianday(clock.started_at) - julianday(n.create_time) < 14 then 'too_new'
        when m.datapoints_14d = 0 then 'no_data'
        when m.bytes_out_14d = 0 and m.active_connections_max_14d = 0 then 'idle_nat'
    end as reason,
    iif(n.name = '', n.nat_gateway_id, n.name || ' (' || n.nat_gateway_id || ')') as name,
    n.nat_gateway_id, n.vpc_id, n.subnet_id, n.create_time, m.bytes_out_14d, m.active_connections_max_14d, m.datapoints_14d
from aws_vpc_nat_gateway as n
cross join snapshot as clock
left join aws_vpc_nat_gateway_metric as m on m.arn = n.arn and m.account_id = n.account_id
