/*---
title    = "Running instance that fails its status checks"
severity = "high"
leg      = "working"
family   = "instance-health"
message  = "{shown_name} runs, and {meaning}"
why      = """
`running` says that AWS charges for the machine. Whether it answers is told by the status checks, which ask the hardware below
it and the operating system on it every minute. An impaired instance outside of an autoscaling group stays impaired until
somebody notices; a failed system check is mended by stopping and starting, which moves it to other hardware."""
fix      = "aws ec2 reboot-instances --region {region} --instance-ids {instance_id}"
references = [
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-system-instance-status-check.html",
]

[fixes]
system_impaired = "aws ec2 stop-instances --region {region} --instance-ids {instance_id} && aws ec2 wait instance-stopped --region {region} --instance-ids {instance_id} && aws ec2 start-instances --region {region} --instance-ids {instance_id}"

[frameworks]
soc2 = ["A1.2"]

[reasons]
healthy           = "both status checks pass"
instance_impaired = "the check of the machine itself fails: it does not answer, or has run out of something"
system_impaired   = "the check of what is below the machine fails: its host, its power or its network"
initializing      = "it was started lately, and the checks have not ended"
insufficient_data = "AWS has too little data to tell"
not_checked       = "AWS tells no status of it"
---*/
with status as (
    select
        i.*,
        t.arn as status_arn, t.instance_status, t.system_status,
        -- What is neither is a state of not knowing.
        case t.instance_status when 'ok' then 1 when 'impaired' then 0 end as is_instance_ok,
        case t.system_status when 'ok' then 1 when 'impaired' then 0 end as is_system_ok
    from aws_ec2_instance as i
    left join aws_ec2_instance_status as t on t.arn = i.arn and t.account_id = i.account_id
)
select
    s.arn as resource,
    s.account_id,
    s.state = 'running' as applies,
    s.is_instance_ok and s.is_system_ok as ok,
    case
        when s.is_system_ok = 0 then 'system_impaired'
        when s.is_instance_ok = 0 then 'instance_impaired'
        when s.is_instance_ok and s.is_system_ok then 'healthy'
        when s.state is null then ''
        when s.status_arn is null or 'not-applicable' in (s.instance_status, s.system_status) then 'not_checked'
        when s.instance_status is null or s.system_status is null then ''
        when 'initializing' in (s.instance_status, s.system_status) then 'initializing'
        when 'insufficient-data' in (s.instance_status, s.system_status) then 'insufficient_data'
    end as reason,
    iif(s.name = '', s.instance_id, s.name || ' (' || s.instance_id || ')') as shown_name,
    s.instance_id, s.state, s.instance_type, s.availability_zone, s.launch_time, s.instance_status, s.system_status
from status as s
