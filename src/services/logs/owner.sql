-- Who logs where: one row for every thing that says to which log group it logs. A group that is in no row has no owner that
-- driftlead can see.
-- column arn: ARN of the owner.
-- column account_id: Account of the owner.
-- column region: Region of the owner; its log group is in the same one.
-- column owner_type: lambda_function, vpc_flow_log, rest_api_access, rest_api_execution or http_api_access.
-- column owner_name: Name of the owner.
-- column log_group_name: The log group.
select f.arn, f.account_id, f.region, 'lambda_function' as owner_type, f.name as owner_name, f.log_group as log_group_name
from aws_lambda_function as f
where f.log_group <> ''
union all
select l.arn, l.account_id, l.region, 'vpc_flow_log', l.flow_log_id, l.log_group_name
from aws_vpc_flow_log as l
where l.log_destination_type = 'cloud-watch-logs' and l.log_group_name <> ''
union all
select s.arn, s.account_id, s.region, 'rest_api_access', s.rest_api_id || '/' || s.name, s.access_log_group
from aws_api_gateway_stage as s
where s.access_log_group <> ''
union all
select s.arn, s.account_id, s.region, 'rest_api_execution', s.rest_api_id || '/' || s.name,
    'API-Gateway-Execution-Logs_' || s.rest_api_id || '/' || s.name
from aws_api_gateway_stage as s
where s.execution_logging
union all
select s.arn, s.account_id, s.region, 'http_api_access', s.api_id || '/' || s.name, s.access_log_group
from aws_api_gatewayv2_stage as s
where s.access_log_group <> ''
