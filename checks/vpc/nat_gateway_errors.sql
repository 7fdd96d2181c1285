/*---
title    = "NAT gateway that turns connections away"
severity = "high"
leg      = "working"
family   = "nat-health"
message  = "{name} does not pass everything on: {meaning}"
why      = """
A NAT gateway that is available can still fail its users: it runs out of ports towards one destination, or the connections that are
tried through it are not answered. Workloads see time-outs now and then, and nothing in the configuration says why."""
fix      = "aws ec2 assign-private-nat-gateway-address --region {region} --nat-gateway-id {nat_gateway_id} --private-ip-address-count 1"
references = [
    "https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html",
    "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html",
]

[frameworks]
soc2 = ["A1.2"]

[fixes]
port_exhaustion = "aws ec2 associate-nat-gateway-address --region {region} --nat-gateway-id {nat_gateway_id} --allocation-ids ALLOCATION_ID"
egress_failing  = "aws cloudwatch get-metric-statistics --region {region} --namespace AWS/NATGateway --metric-name ConnectionEstablishedCount --dimensions Name=NatGatewayId,Value={nat_gateway_id} --start-time START --end-time END --period 300 --statistics Sum"

[reasons]
healthy         = "connections are made, and ports were always left"
port_exhaustion = "in the last 7 days there was no port left for a connection"
egress_failing  = "in the last day fewer connections were made than the share that is expected of those tried"
no_traffic      = "too few connections were tried in the last day to say"

[params.min_success_ratio]
default = 0.9
doc     = "Share of the connections tried that must be made."

[params.min_attempts]
default = 100
doc     = "Connections a day below which the share says nothing."
---*/
select
    n.arn as resource,
    n.account_id,
    n.state = 'available' and n.connectivity_type = 'public' as applies,
    m.error_port_allocation_7d = 0
        and iif(
            m.connection_attempts_1d < :min_attempts,
            null,
            m.connections_established_1d >= :min_success_ratio * m.connection_attempts_1d
        ) as ok,
    case
        when m.error_port_allocation_7d > 0 then 'port_exhaustion'
        when m.connection_attempts_1d < :min_attempts then 'no_traffic'
        when m.connections_established_1d < :min_success_ratio * m.connection_attempts_1d then 'egress_failing'
        when m.error_port_allocation_7d = 0 and m.connections_established_1d is not null then 'healthy'
    end as reason,
    iif(n.name = '', n.nat_gateway_id, n.name || ' (' || n.nat_gateway_id || ')') as name,
    n.nat_gateway_id, n.vpc_id, m.error_port_allocation_7d, m.connection_attempts_1d, m.connections_established_1d, m.packets_drop_7d
from aws_vpc_nat_gateway as n
left join aws_vpc_nat_gateway_metric as m on m.arn = n.arn and m.account_id = n.account_id
