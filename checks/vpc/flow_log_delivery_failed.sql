/*---
title    = "VPC flow log that delivers nothing"
severity = "high"
leg      = "working"
family   = "flow-logs"
message  = "{shown_name}: {flow_log_id} to {destination} delivers nothing: {meaning}"
why      = """
A flow log stays active whether or not its records arrive. When the role lost a permission, the bucket's policy changed or
somebody deleted the log group, every inventory still shows a flow log, and the records are lost for good. It is noticed on the
day that they are needed."""
fix      = "aws ec2 describe-flow-logs --region {region} --flow-log-ids {flow_log_id}"
references = [
    "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-troubleshooting.html",
    "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html",
    "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html",
]

[fixes]
failed = "aws iam put-role-policy --role-name {role_name} --policy-name vpc-flow-logs --policy-document file://vpc-flow-logs.json"
failed_to_bucket = "aws s3api head-bucket --bucket {bucket}  # 404: the bucket is gone, make it again: aws s3 mb s3://{bucket} --region {region}; 200: let AWS write to it: aws s3api put-bucket-policy --bucket {bucket} --policy file://flow-logs-bucket-policy.json"
log_group_missing = "aws logs create-log-group --region {region} --log-group-name {log_group_name}"

[frameworks]
soc2 = ["CC7.2"]

[reasons]
delivering         = "AWS delivers the flow logs"
failed             = "AWS says that it cannot deliver: {error_message}"
failed_to_bucket   = "AWS says that it cannot deliver: {error_message}"
log_group_missing  = "its log group does not exist"
never_delivered    = "AWS has not delivered anything for more than an hour, though there are network interfaces in use"
not_yet            = "the flow log is younger than an hour, and nothing was delivered yet"
nothing_to_deliver = "nothing was delivered, and perhaps nothing was to be: no interface is in use, or only rejects are recorded"
---*/
with flow_log as (
    select
        f.*,
        -- A text for SQLite too, which else would not look it up.
        cast(coalesce(home.vpc_id, f.resource_id) as text) as vpc_id,
        julianday(clock.started_at) - julianday(f.creation_time) >= 1.0 / 24 as is_old,
        coalesce(nullif(f.log_group_name, ''), nullif(f.log_destination, ''), 'nowhere') as destination,
        -- A log group of another account is not visible; AWS's word must do.
        f.log_destination_type = 'cloud-watch-logs'
            and f.log_group_name || f.log_destination <> ''
            and (
                f.log_destination = ''
                or f.log_destination glob 'arn:*:logs:' || f.region || ':' || f.account_id || ':log-group:*'
            )
            and not exists (
                select 1
                from aws_cloudwatch_log_group as g
                where g.account_id = f.account_id and g.region = f.region
                    and (
                        g.name = f.log_group_name
                        or g.arn = f.log_destination
                        -- That is `ARN:*`.
                        or (g.arn = substr(f.log_destination, 1, length(f.log_destination) - 2) and f.log_destination glob '*:[*]')
                    )
            ) as is_group_missing,
        -- Where all is well nothing is rejected, so that a log of rejected traffic may stay empty.
        f.traffic_type <> 'REJECT' and (
            select coalesce(max(i.status <> 'available'), 0) or iif(count(i.status) < count(*), null, 0)
            from aws_ec2_network_interface as i
            where i.account_id = f.account_id and i.region = f.region and (i.vpc_id = f.resource_id or i.subnet_id = f.resource_id)
        ) as has_traffic
    from aws_vpc_flow_log as f
    cross join snapshot as clock
    left join aws_vpc_subnet as home
        on home.subnet_id = f.resource_id and home.account_id = f.account_id and home.region = f.region
    where f.flow_log_status = 'ACTIVE'
),
judged as materialized (
    select
        l.*,
        case
            when l.deliver_logs_status = 'FAILED' then 0
            when l.deliver_logs_status = 'SUCCESS' and not l.is_group_missing then 1
            -- AWS makes the log group with the first record.
            when l.deliver_logs_status in ('SUCCESS', '') and l.is_old and l.has_traffic then 0
        end as delivers,
        case
            when l.deliver_logs_status = 'FAILED' then iif(l.log_destination_type = 's3', 'failed_to_bucket', 'failed')
            when l.deliver_logs_status = 'SUCCESS' and not l.is_group_missing then 'delivering'
            when l.deliver_logs_status not in ('SUCCESS', '') then ''
            when not l.is_old then 'not_yet'
            when not l.has_traffic then 'nothing_to_deliver'
            when l.is_old is null or l.has_traffic is null then ''
            when l.deliver_logs_status = 'SUCCESS' then 'log_group_missing'
            else 'never_delivered'
        end as why_so
    from flow_log as l
),
-- One flow log that delivers is enough for what it is on.
logged as (
    select
        account_id, region, vpc_id, resource_id,
        coalesce(max(delivers), 0) or iif(count(delivers) < count(*), null, 0) as is_delivered
    from judged
    group by account_id, region, vpc_id, resource_id
),
vpc as (
    select
        account_id, region, vpc_id,
        max(iif(resource_id = vpc_id, is_delivered, 0))
            -- NULL of the VPC's own logs is lost in the maximum.
            or iif(count(*) filter (where resource_id = vpc_id and is_delivered is null) > 0, null, 0) as is_delivered,
        count(*) filter (where resource_id <> vpc_id) > 0
            and coalesce(min(is_delivered) filter (where resource_id <> vpc_id), 1)
            and iif(count(*) filter (where resource_id <> vpc_id and is_delivered is null) > 0, null, 1)
            as is_delivered_of_subnets
    from logged
    group by account_id, region, vpc_id
),
verdict as (
    select v.arn, v.account_id, v.region, v.name, v.vpc_id, w.is_delivered or w.is_delivered_of_subnets as ok
    from aws_vpc as v
    join vpc as w on w.vpc_id = v.vpc_id and w.account_id = v.account_id and w.region = v.region
),
telling as (
    -- Of a VPC's flow logs the one that shows why.
    select
        v.arn as vpc_arn, v.name as vpc_name, v.ok, j.*,
        row_number() over (
            partition by v.arn, v.account_id
            order by
                j.delivers is not v.ok, j.why_so = '', j.why_so = 'nothing_to_deliver',
                j.resource_id <> j.vpc_id, j.flow_log_id
        ) as place
    from verdict as v
    join judged as j on j.vpc_id = v.vpc_id and j.account_id = v.account_id and j.region = v.region
)
select
    j.vpc_arn as resource,
    j.account_id,
    j.ok,
    j.why_so as reason,
    iif(j.vpc_name = '', j.vpc_id, j.vpc_name || ' (' || j.vpc_id || ')') as shown_name,
    j.vpc_id, j.arn as flow_log_arn, j.flow_log_id, j.resource_id as logged_resource, j.destination, j.log_group_name,
    j.log_destination_type, j.deliver_logs_status,
    iif(j.deliver_logs_error_message = '', 'no reason given', j.deliver_logs_error_message) as error_message,
    j.creation_time, j.deliver_logs_permission_arn,
    iif(
        j.deliver_logs_permission_arn = '',
        'ROLE_NAME',
        -- A role's name is what follows the last slash of its ARN.
        replace(
            j.deliver_logs_permission_arn,
            rtrim(j.deliver_logs_permission_arn, replace(j.deliver_logs_permission_arn, '/', '')),
            ''
        )
    ) as role_name,
    iif(
        j.log_destination glob 'arn:*:s3:::*',
        substr(
            substr(j.log_destination, instr(j.log_destination, ':::') + 3),
            1,
            instr(substr(j.log_destination, instr(j.log_destination, ':::') + 3) || '/', '/') - 1
        ),
        'BUCKET'
    ) as bucket
from telling as j
where j.place = 1
