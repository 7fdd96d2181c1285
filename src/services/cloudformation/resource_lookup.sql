-- What driftlead finds of a stack's resources: CloudFormation remembers what it made, and does not look again. Only types of which
-- every one is listed are looked up.
-- column arn: ARN of the stack.
-- column account_id: Account that was read.
-- column region: Region of the stack.
-- column logical_id: Name in the template.
-- column physical_id: What the service calls it.
-- column resource_type: Type (`AWS::S3::Bucket`).
-- column resource_status: What CloudFormation believes of it.
-- column last_updated_time: When CloudFormation last touched it.
-- column is_there: 1 if it is there, 0 if it is gone; NULL for types that are not looked up, and where its state is unread.
select
    r.arn, r.account_id, r.region, r.logical_id, r.physical_id, r.resource_type, r.resource_status, r.last_updated_time,
    case r.resource_type
        when 'AWS::S3::Bucket' then exists (
            select 1 from aws_s3_bucket as x where x.name = r.physical_id and x.account_id = r.account_id
        )
        when 'AWS::Logs::LogGroup' then exists (
            select 1
            from aws_cloudwatch_log_group as x
            where x.name = r.physical_id and x.account_id = r.account_id and x.region = r.region
        )
        when 'AWS::Lambda::Function' then exists (
            select 1
            from aws_lambda_function as x
            where (x.name = r.physical_id or x.arn = r.physical_id) and x.account_id = r.account_id and x.region = r.region
        )
        when 'AWS::IAM::Role' then exists (
            select 1 from aws_iam_role as x where x.name = r.physical_id and x.account_id = r.account_id
        )
        when 'AWS::IAM::User' then exists (
            select 1 from aws_iam_user as x where x.name = r.physical_id and x.account_id = r.account_id
        )
        when 'AWS::SecretsManager::Secret' then exists (
            select 1
            from aws_secretsmanager_secret as x
            where x.arn = r.physical_id and x.account_id = r.account_id and x.deleted_date = ''
        )
        when 'AWS::CloudWatch::Alarm' then exists (
            select 1
            from aws_cloudwatch_alarm as x
            where (x.name = r.physical_id or x.arn = r.physical_id) and x.account_id = r.account_id and x.region = r.region
        )
        when 'AWS::CloudWatch::CompositeAlarm' then exists (
            select 1
            from aws_cloudwatch_alarm as x
            where (x.name = r.physical_id or x.arn = r.physical_id) and x.account_id = r.account_id and x.region = r.region
        )
        when 'AWS::CloudWatch::Dashboard' then exists (
            select 1 from aws_cloudwatch_dashboard as x where x.name = r.physical_id and x.account_id = r.account_id
        )
        when 'AWS::ApiGateway::RestApi' then exists (
            select 1
            from aws_api_gateway_rest_api as x
            where x.rest_api_id = r.physical_id and x.account_id = r.account_id and x.region = r.region
        )
        when 'AWS::EC2::VPC' then exists (
            select 1 from aws_vpc as x where x.vpc_id = r.physical_id and x.account_id = r.account_id and x.region = r.region
        )
        when 'AWS::EC2::Subnet' then exists (
            select 1
            from aws_vpc_subnet as x
            where x.subnet_id = r.physical_id and x.account_id = r.account_id and x.region = r.region
        )
        when 'AWS::EC2::RouteTable' then exists (
            select 1
            from aws_vpc_route_table as x
            where x.route_table_id = r.physical_id and x.account_id = r.account_id and x.region = r.region
        )
        when 'AWS::EC2::SecurityGroup' then exists (
            select 1
            from aws_vpc_security_group as x
            where (x.group_id = r.physical_id or x.name = r.physical_id) and x.account_id = r.account_id and x.region = r.region
        )
        when 'AWS::EC2::InternetGateway' then exists (
            select 1
            from aws_vpc_internet_gateway as x
            where x.internet_gateway_id = r.physical_id and x.account_id = r.account_id and x.region = r.region
        )
        -- What was deleted is listed for an hour.
        when 'AWS::EC2::NatGateway' then (
            select iif(count(*) = 0, 0, max(x.state not in ('deleting', 'deleted')))
            from aws_vpc_nat_gateway as x
            where x.nat_gateway_id = r.physical_id and x.account_id = r.account_id and x.region = r.region
        )
        when 'AWS::EC2::Instance' then (
            select iif(count(*) = 0, 0, max(x.state not in ('shutting-down', 'terminated')))
            from aws_ec2_instance as x
            where x.instance_id = r.physical_id and x.account_id = r.account_id and x.region = r.region
        )
        when 'AWS::CloudFormation::Stack' then exists (
            select 1 from aws_cloudformation_stack as x where x.arn = r.physical_id and x.account_id = r.account_id
        )
    end as is_there
from aws_cloudformation_stack_resource as r
