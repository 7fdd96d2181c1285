//! The types of resources that ASFF knows, by what their ARNs look like.

use super::super::place::Arn;

/// Service, first word after the account, and the type.
const TYPES: &[(&str, &str, &str)] = &[
    ("acm", "certificate", "AwsCertificateManagerCertificate"),
    ("apigateway", "restapis", "AwsApiGatewayRestApi"),
    ("apigateway", "apis", "AwsApiGatewayV2Api"),
    ("autoscaling", "autoScalingGroup", "AwsAutoScalingAutoScalingGroup"),
    ("autoscaling", "launchConfiguration", "AwsAutoScalingLaunchConfiguration"),
    ("backup", "backup-vault", "AwsBackupBackupVault"),
    ("backup", "backup-plan", "AwsBackupBackupPlan"),
    ("backup", "recovery-point", "AwsBackupRecoveryPoint"),
    ("cloudformation", "stack", "AwsCloudFormationStack"),
    ("cloudtrail", "trail", "AwsCloudTrailTrail"),
    ("cloudwatch", "alarm", "AwsCloudWatchAlarm"),
    ("ec2", "instance", "AwsEc2Instance"),
    ("ec2", "network-interface", "AwsEc2NetworkInterface"),
    ("ec2", "security-group", "AwsEc2SecurityGroup"),
    ("ec2", "volume", "AwsEc2Volume"),
    ("ec2", "vpc", "AwsEc2Vpc"),
    ("ec2", "elastic-ip", "AwsEc2Eip"),
    ("ec2", "subnet", "AwsEc2Subnet"),
    ("ec2", "network-acl", "AwsEc2NetworkAcl"),
    ("ec2", "route-table", "AwsEc2RouteTable"),
    ("ec2", "transit-gateway", "AwsEc2TransitGateway"),
    ("ec2", "vpc-endpoint-service", "AwsEc2VpcEndpointService"),
    ("ec2", "vpc-peering-connection", "AwsEc2VpcPeeringConnection"),
    ("ec2", "vpn-connection", "AwsEc2VpnConnection"),
    ("ec2", "launch-template", "AwsEc2LaunchTemplate"),
    ("ecs", "cluster", "AwsEcsCluster"),
    ("ecs", "service", "AwsEcsService"),
    ("ecs", "task-definition", "AwsEcsTaskDefinition"),
    ("ecs", "task", "AwsEcsTask"),
    ("elasticloadbalancing", "loadbalancer", "AwsElbv2LoadBalancer"),
    ("iam", "user", "AwsIamUser"),
    ("iam", "group", "AwsIamGroup"),
    ("iam", "role", "AwsIamRole"),
    ("iam", "policy", "AwsIamPolicy"),
    ("kms", "key", "AwsKmsKey"),
    ("lambda", "function", "AwsLambdaFunction"),
    ("lambda", "layer", "AwsLambdaLayerVersion"),
    ("rds", "db", "AwsRdsDbInstance"),
    ("rds", "cluster", "AwsRdsDbCluster"),
    ("rds", "snapshot", "AwsRdsDbSnapshot"),
    ("rds", "cluster-snapshot", "AwsRdsDbClusterSnapshot"),
    ("route53", "hostedzone", "AwsRoute53HostedZone"),
    ("s3", "accesspoint", "AwsS3AccessPoint"),
    ("secretsmanager", "secret", "AwsSecretsManagerSecret"),
];

/// The type of a resource; `Other` for one that ASFF has no name for.
pub fn of(resource: &str) -> &'static str {
    let Some(arn) = Arn::of(resource) else { return "Other" };
    let noun = arn.noun();
    let is_stage = arn.rest.contains("/stages/");
    match (arn.service, noun) {
        ("s3", "") => "AwsS3Bucket",
        ("iam", "") if arn.rest == "root" => "AwsAccount",
        ("sns", "") => "AwsSnsTopic",
        ("sqs", "") => "AwsSqsQueue",
        ("apigateway", "restapis") if is_stage => "AwsApiGatewayStage",
        ("apigateway", "apis") if is_stage => "AwsApiGatewayV2Stage",
        ("wafv2", _) if arn.rest.contains("/webacl/") => "AwsWafv2WebAcl",
        ("wafv2", _) if arn.rest.contains("/rulegroup/") => "AwsWafv2RuleGroup",
        (service, noun) => TYPES.iter().find(|(of, is, _)| (*of, *is) == (service, noun)).map_or("Other", |(_, _, kind)| kind),
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn arns_have_types() {
        let cases = [
            ("arn:aws:s3:::docs", "AwsS3Bucket"),
            ("arn:aws:ec2:eu-west-1:1:subnet/subnet-1", "AwsEc2Subnet"),
            ("arn:aws:rds:eu-west-1:1:db:pay", "AwsRdsDbInstance"),
            ("arn:aws:iam::1:root", "AwsAccount"),
            ("arn:aws:apigateway:eu-west-1::/restapis/a", "AwsApiGatewayRestApi"),
            ("arn:aws:apigateway:eu-west-1::/restapis/a/stages/b", "AwsApiGatewayStage"),
            ("arn:aws:wafv2:eu-west-1:1:regional/webacl/a/b", "AwsWafv2WebAcl"),
            ("arn:aws:ec2:eu-west-1:1:settings", "Other"),
            ("arn:aws:logs:eu-west-1:1:log-group:/a:b", "Other"),
            ("no arn", "Other"),
        ];
        cases.into_iter().for_each(|(arn, kind)| assert_eq!(of(arn), kind, "{arn}"));
    }
}
