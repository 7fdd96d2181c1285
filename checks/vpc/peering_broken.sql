/*---
title    = "VPC peering connection that routes use and that does not work"
severity = "medium"
leg      = "working"
family   = "peering"
message  = "{shown_name}, from {requester_vpc_id} to {accepter_vpc_id}, carries nothing, although routes lead to it: {meaning}"
why      = """
A peering connection works only while both owners want it. When it was never accepted, or the other side deleted it, the routes
stay where they are and swallow what is sent there; a more specific route even takes packets from a way that would work. AWS
shows the reason for some hours or days only, and then just a blackhole."""
fix      = "aws ec2 create-vpc-peering-connection --region {requester_region} --vpc-id {requester_vpc_id} --peer-vpc-id {accepter_vpc_id} --peer-owner-id {accepter_owner_id} --peer-region {accepter_region}"
references = [
    "https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html",
    "https://docs.aws.amazon.com/vpc/latest/peering/troubleshoot-vpc-peering-connections.html",
]

[fixes]
pending_acceptance = "aws ec2 accept-vpc-peering-connection --region {accepter_region} --vpc-peering-connection-id {vpc_peering_connection_id}"

[frameworks]
soc2 = ["A1.2"]

[reasons]
active             = "the peering connection is active"
pending_acceptance = "the other side has not accepted it"
expired            = "the request was not accepted in time"
rejected           = "the other side rejected it"
failed             = "it could not be made"
deleting           = "it is being deleted"
deleted            = "it was deleted"
initiating_request = "the request is on its way"
provisioning       = "it was accepted and is being made"
---*/
with used as (
    select
        r.account_id, r.region, r.target_id,
        count(*) as routes,
        json_group_array(distinct r.route_table_id) as route_table_ids,
        min(r.arn) as route_table_arn
    from aws_vpc_route as r
    where r.target_kind = 'vpc_peering_connection'
    group by r.account_id, r.region, r.target_id
)
select
    p.arn as resource,
    p.account_id,
    u.target_id is not null as applies,
    case
        when p.status_code = 'active' then 1
        when p.status_code in ('pending-acceptance', 'expired', 'rejected', 'failed', 'deleting', 'deleted') then 0
    end as ok,
    replace(p.status_code, '-', '_') as reason,
    iif(p.name = '', p.vpc_peering_connection_id, p.name || ' (' || p.vpc_peering_connection_id || ')') as shown_name,
    p.vpc_peering_connection_id, p.status_code, p.status_message,
    p.requester_vpc_id, p.requester_owner_id, p.requester_region, p.requester_cidr_block,
    p.accepter_vpc_id, p.accepter_owner_id, p.accepter_region, p.accepter_cidr_block,
    coalesce(u.routes, 0) as routes,
    u.route_table_ids, u.route_table_arn
from aws_vpc_peering_connection as p
left join used as u on u.target_id = p.vpc_peering_connection_id and u.account_id = p.account_id and u.region = p.region
