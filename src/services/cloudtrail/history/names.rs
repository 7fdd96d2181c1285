//! By which names CloudTrail may know a resource, from its ARN.
//!
//! Each service decides what it files an event under: EC2 an id, S3 a bucket's name, IAM a role's name but a policy's ARN, KMS a
//! key's ARN. One name is asked after another until one answers, so the likeliest comes first.

/// Services that file events under ARNs rather than names.
const BY_ARN: &[&str] = &["acm", "ecs", "elasticloadbalancing", "kms", "organizations", "secretsmanager", "wafv2"];

/// Services whose event source is not `PREFIX.amazonaws.com`, by the ARN's service.
const SOURCES: &[(&str, &[&str])] = &[
    ("cloudwatch", &["monitoring.amazonaws.com"]),
    ("ec2", &["ec2.amazonaws.com", "autoscaling.amazonaws.com"]),
    ("application-autoscaling", &["application-autoscaling.amazonaws.com", "autoscaling.amazonaws.com"]),
];

/// Sources that change resources of any service.
const OF_ALL: &[&str] = &["tagging.amazonaws.com"];

/// The names under which events about a resource may be filed, the likeliest first.
///
/// `others` are names that the ARN does not hold: a physical id, or the parent on which a part hangs (a rule's security group),
/// whose events are the part's. They come right after the first.
///
/// ```
/// use driftlead::services::cloudtrail::history::names_of;
/// assert_eq!(names_of("arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-1", &[]), ["subnet-1"]);
/// assert_eq!(names_of("arn:aws:s3:::docs", &[]), ["docs", "arn:aws:s3:::docs"]);
/// ```
pub fn names_of(arn: &str, others: &[&str]) -> Vec<String> {
    let mut names: Vec<&str> = Vec::new();
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    if let [_, _, service, _, _, resource] = parts[..] {
        let name = name_in(service, resource);
        let is_arn_first = BY_ARN.contains(&service) || (service == "iam" && resource.starts_with("policy/"));
        match (is_arn_first, service) {
            (true, _) => names.extend([arn, name]),
            // The ARNs of EC2 and API Gateway are our own making in part, and never what events are filed under.
            (false, "ec2" | "apigateway") => names.push(name),
            (false, _) => names.extend([name, arn]),
        }
    } else if !arn.is_empty() {
        names.push(arn);
    }
    let rest = names.split_off(names.len().min(1));
    names.extend(others);
    names.extend(rest);
    let mut unique: Vec<String> = Vec::new();
    for name in names.into_iter().filter(|name| !name.is_empty()) {
        if !unique.iter().any(|known| known == name) {
            unique.push(name.to_owned());
        }
    }
    unique
}

/// The name in an ARN's last part: `log-group:/aws/x:*` is `/aws/x`, `role/path/Name` is `Name`.
fn name_in<'a>(service: &str, resource: &'a str) -> &'a str {
    let after = |mark: char| resource.rsplit(mark).next().unwrap_or(resource);
    match service {
        "s3" | "sns" | "sqs" => resource,
        "logs" => resource.strip_prefix("log-group:").unwrap_or(resource).trim_end_matches(":*"),
        "lambda" => resource.split(':').nth(1).unwrap_or(resource),
        // A name, six characters that Secrets Manager adds.
        "secretsmanager" => {
            let name = resource.strip_prefix("secret:").unwrap_or(resource);
            name.rsplit_once('-').filter(|(_, end)| end.len() == 6).map_or(name, |(name, _)| name)
        }
        "cloudwatch" | "rds" | "backup" => resource.split_once(':').map_or(resource, |(_, name)| name),
        // `stack/NAME/ID`, `loadbalancer/app/NAME/ID`, `targetgroup/NAME/ID`
        "cloudformation" => resource.split('/').nth(1).unwrap_or(resource),
        "elasticloadbalancing" if resource.starts_with("targetgroup/") => resource.split('/').nth(1).unwrap_or(resource),
        "elasticloadbalancing" => resource.split('/').nth(2).unwrap_or(resource),
        // `/restapis/ID/stages/NAME`: events are filed under the API's id, if at all.
        "apigateway" => resource.split('/').nth(2).unwrap_or(resource),
        "wafv2" => resource.split('/').nth(2).unwrap_or(resource),
        _ => after('/'),
    }
}

/// The event sources that can have changed a resource; empty when its ARN tells nothing. A role and a function may share a name.
pub fn sources_of(arn: &str) -> Vec<String> {
    let Some(service) = arn.split(':').nth(2).filter(|service| !service.is_empty() && arn.starts_with("arn:")) else { return Vec::new() };
    let own =
        SOURCES.iter().find(|(name, _)| *name == service).map(|(_, sources)| sources.iter().map(|&source| source.to_owned()).collect());
    let mut sources: Vec<String> = own.unwrap_or_else(|| vec![format!("{service}.amazonaws.com")]);
    sources.extend(OF_ALL.iter().map(|&source| source.to_owned()));
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_has_its_own_idea_of_a_name() {
        let of = |resource: &str| names_of(&format!("arn:aws:{resource}"), &[]).join(" ");
        assert_eq!(of("logs:eu-west-1:1:log-group:/aws/pay:*"), "/aws/pay arn:aws:logs:eu-west-1:1:log-group:/aws/pay:*");
        assert_eq!(of("iam::1:role/service/Deploy"), "Deploy arn:aws:iam::1:role/service/Deploy");
        assert_eq!(of("iam::1:policy/Own"), "arn:aws:iam::1:policy/Own Own");
        assert_eq!(of("kms:eu-west-1:1:key/k-1"), "arn:aws:kms:eu-west-1:1:key/k-1 k-1");
        assert_eq!(of("lambda:eu-west-1:1:function:pay:live"), "pay arn:aws:lambda:eu-west-1:1:function:pay:live");
        assert_eq!(of("secretsmanager:eu-west-1:1:secret:db/pay-AbCdEf"), "arn:aws:secretsmanager:eu-west-1:1:secret:db/pay-AbCdEf db/pay");
        assert_eq!(of("rds:eu-west-1:1:db:pay"), "pay arn:aws:rds:eu-west-1:1:db:pay");
        assert_eq!(of("apigateway:eu-west-1::/restapis/a1/stages/prod"), "a1");
        assert_eq!(
            of("elasticloadbalancing:eu-west-1:1:loadbalancer/app/web/50d"),
            "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/web/50d web"
        );
        assert_eq!(of("autoscaling:eu-west-1:1:autoScalingGroup:uuid:autoScalingGroupName/web").split(' ').next(), Some("web"));
    }

    #[test]
    fn a_part_is_known_by_what_it_hangs_on_as_well() {
        assert_eq!(names_of("arn:aws:ec2:eu-west-1:1:security-group-rule/sgr-1", &["sg-1"]), ["sgr-1", "sg-1"]);
        assert_eq!(names_of("arn:aws:iam::1:role/R", &["R", "P"]), ["R", "P", "arn:aws:iam::1:role/R"]);
        assert_eq!(names_of("rtb-1", &[]), ["rtb-1"]);
        assert!(names_of("", &[]).is_empty());
    }

    #[test]
    fn a_name_is_looked_for_in_its_own_service() {
        assert_eq!(sources_of("arn:aws:cloudwatch:eu-west-1:1:alarm:a"), ["monitoring.amazonaws.com", "tagging.amazonaws.com"]);
        assert_eq!(sources_of("arn:aws:s3:::b")[0], "s3.amazonaws.com");
        assert!(sources_of("sg-1").is_empty());
    }
}
