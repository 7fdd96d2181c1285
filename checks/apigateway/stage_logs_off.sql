/*---
title    = "API stage that logs nothing"
severity = "low"
leg      = "configured"
family   = "log-delivery"
message  = "The stage {name} of {api_name} ({rest_api_id}) logs neither who called it nor what came of it"
why      = """
The stage is the front door. When it logs nothing, nobody can say afterwards who called, what was refused and what failed
before a function or a container saw it. The logs behind it tell only of what got through."""
fix      = "aws apigateway update-stage --region {region} --rest-api-id {rest_api_id} --stage-name {name} --patch-operations 'op=replace,path=/*\u002F*\u002Flogging/loglevel,value=ERROR'"
references = [
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
]

[frameworks]
nist-800-53r5 = ["AC-4(26)", "AU-2", "AU-3", "AU-6(3)", "AU-6(4)", "AU-10", "AU-12", "CA-7", "SC-7(9)", "SI-7(8)"]
"pci-dss-4.0.1" = ["10.2.1"]
soc2 = ["CC7.2"]

[reasons]
logging_on = "access, execution or both are logged"
logs_off   = "neither access nor execution is logged"
---*/
select
    s.arn as resource,
    s.account_id,
    s.access_log_destination_arn <> '' or s.execution_logging as ok,
    case s.access_log_destination_arn <> '' or s.execution_logging
        when 1 then 'logging_on'
        when 0 then 'logs_off'
    end as reason,
    -- The stages of an API are read together or not at all.
    a.name as api_name, a.stage_count,
    s.name, s.rest_api_id, s.access_log_destination_arn, s.execution_logging, s.logging_levels, s.last_updated_date
from aws_api_gateway_stage as s
left join aws_api_gateway_rest_api as a on a.rest_api_id = s.rest_api_id and a.account_id = s.account_id and a.region = s.region
