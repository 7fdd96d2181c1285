/*---
title    = "Stack with a resource that is gone"
severity = "medium"
leg      = "working"
family   = "stack-resources"
message  = "{name} is {stack_status}, and {gone} of its resources {verb} gone: {gone_names}"
why      = """
CloudFormation remembers what it made and does not look again. When somebody deletes a part by hand the stack stays complete,
whatever depended on the part is broken, and the next update that touches it fails. AWS's own drift detection would tell, if
somebody asked for it; this is what the account's own lists tell."""
fix      = "aws cloudformation describe-stack-resource --region {region} --stack-name {resource} --logical-resource-id {first_logical_id}  # make it again under the same name, or take it out of the template and import it"
references = [
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import.html",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html",
]

[frameworks]
"nist-800-53r5" = ["CM-2", "CM-8"]
soc2 = ["CC7.1"]

[reasons]
present          = "every resource of it that can be looked up is there"
resource_deleted = "a resource that it made is not there any more"
too_new          = "a resource of it is not to be seen, and was touched less than an hour ago"
in_progress      = "an operation is under way, so what is missing may be on its way"
---*/
with looked_up as (
    select
        l.*,
        (julianday(clock.started_at) - julianday(l.last_updated_time)) * 24 > 1 as is_settled
    from aws_cloudformation_resource_lookup as l
    cross join snapshot as clock
    where l.physical_id <> ''
        and l.resource_type in (
            'AWS::S3::Bucket', 'AWS::Logs::LogGroup', 'AWS::Lambda::Function', 'AWS::IAM::Role', 'AWS::IAM::User',
            'AWS::SecretsManager::Secret', 'AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm',
            'AWS::CloudWatch::Dashboard', 'AWS::ApiGateway::RestApi', 'AWS::EC2::VPC', 'AWS::EC2::Subnet',
            'AWS::EC2::RouteTable', 'AWS::EC2::SecurityGroup', 'AWS::EC2::InternetGateway', 'AWS::EC2::NatGateway',
            'AWS::EC2::Instance', 'AWS::CloudFormation::Stack'
        )
        -- What failed or was deleted on purpose need not be there; of what could not be read nobody knows.
        and (l.resource_status is null or l.resource_status in (
            'CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_FAILED', 'IMPORT_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE'
        ))
),
stack as (
    select
        s.arn, s.account_id, s.name, s.stack_status, s.resource_count,
        s.stack_status like '%!_IN!_PROGRESS' escape '!' as is_in_progress,
        count(l.logical_id) as looked_up,
        count(l.logical_id) filter (where l.is_there = 0 and l.is_settled and l.resource_status is not null) as gone,
        count(l.logical_id) filter (where l.is_there = 0 and not l.is_settled and l.resource_status is not null) as young,
        count(l.logical_id) filter (where l.is_there is null or (l.is_there = 0 and l.resource_status is null)) as unread,
        min(l.logical_id) filter (where l.is_there = 0 and l.is_settled and l.resource_status is not null) as first_logical_id
    from aws_cloudformation_stack as s
    left join looked_up as l on l.arn = s.arn and l.account_id = s.account_id
    where s.stack_status is null or s.stack_status not in ('REVIEW_IN_PROGRESS', 'ROLLBACK_COMPLETE', 'DELETE_COMPLETE')
    group by s.arn, s.account_id
)
select
    s.arn as resource,
    s.account_id,
    iif(s.resource_count is null, null, s.looked_up > 0) as applies,
    case
        when s.resource_count is null or s.stack_status is null then null
        when s.gone > 0 then iif(s.is_in_progress, null, 0)
        when s.unread > 0 or s.young > 0 then null
        else 1
    end as ok,
    case
        when s.resource_count is null or s.stack_status is null then null
        when s.gone > 0 then iif(s.is_in_progress, 'in_progress', 'resource_deleted')
        when s.young > 0 then 'too_new'
        when s.unread > 0 then null
        else 'present'
    end as reason,
    s.name, s.stack_status, s.gone, iif(s.gone = 1, 'is', 'are') as verb, s.first_logical_id,
    (
        select group_concat(g.logical_id || ' (' || g.physical_id || ')', ', ')
        from (
            select l.logical_id, l.physical_id
            from looked_up as l
            where l.arn = s.arn and l.account_id = s.account_id and l.is_there = 0 and l.is_settled
            order by l.logical_id
        ) as g
    ) as gone_names,
    s.looked_up
from stack as s
