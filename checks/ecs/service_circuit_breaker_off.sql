/*---
title    = "Service without a deployment circuit breaker"
severity = "low"
leg      = "configured"
family   = "ecs-stability"
message  = "{name} has no circuit breaker: a deployment whose tasks never start goes on for ever"
why      = """
Without a circuit breaker ECS starts the same broken task again and again, and a deployment can never fail: it stays "in progress",
and nobody is told. With it the deployment ends as failed and, with rollback on, the version that worked comes back by itself."""
fix      = "aws ecs update-service --region {region} --cluster {cluster_name} --service {name} --deployment-configuration '{{\"deploymentCircuitBreaker\":{{\"enable\":true,\"rollback\":true}}}}'"
references = [
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html",
]

[frameworks]
soc2 = ["A1.2"]

[reasons]
circuit_breaker_on  = "its circuit breaker is on"
circuit_breaker_off = "its circuit breaker is off"
---*/
select
    s.arn as resource,
    s.account_id,
    -- Others than ECS, and deployments that shift traffic step by step, have ways of their own.
    case when s.status in ('DRAINING', 'INACTIVE') then 0 when s.status = 'ACTIVE' then s.desired_count > 0 end
        and s.deployment_controller = 'ECS' and s.deployment_strategy = 'ROLLING' as applies,
    s.circuit_breaker as ok,
    iif(s.circuit_breaker, 'circuit_breaker_on', 'circuit_breaker_off') as reason,
    s.name, s.cluster_name, s.circuit_breaker_rollback, s.alarms_enabled, s.desired_count, s.minimum_healthy_percent, s.maximum_percent
from aws_ecs_service as s
