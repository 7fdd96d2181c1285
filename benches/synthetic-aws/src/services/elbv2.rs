//! ELBv2: load balancers with one listener each, and target groups.

use super::{Does, Service};
use crate::ask::{Ask, Made};
use crate::kind::Kind;
use crate::seed::Dice;
use crate::wire::{Body, Refusal, Wire};

/// The card.
pub const SERVICE: Service = Service {
    name: "elasticloadbalancing",
    id: "Elastic Load Balancing v2",
    scope: "elasticloadbalancing",
    wire: Wire::AwsQuery,
    target: None,
    namespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
    calls: &[
        ("DescribeListenerCertificates", Does::Makes(certificates)),
        ("DescribeListeners", Does::Makes(listeners)),
        ("DescribeLoadBalancers", Does::Makes(balancers)),
        ("DescribeRules", Does::Makes(rules)),
        ("DescribeSSLPolicies", Does::Makes(ssl_policies)),
        ("DescribeTags", Does::Makes(tags)),
        ("DescribeTargetGroups", Does::Makes(groups)),
        ("DescribeTargetHealth", Does::Makes(health)),
    ],
};

/// The most items on a page, and as many as come without being asked for.
const PAGE: u64 = 400;

/// Predefined policies: name and protocols. <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html>
const SSL_POLICIES: &[(&str, &[&str])] = &[
    ("ELBSecurityPolicy-2016-08", &["TLSv1", "TLSv1.1", "TLSv1.2"]),
    ("ELBSecurityPolicy-TLS-1-2-2017-01", &["TLSv1.2"]),
    ("ELBSecurityPolicy-TLS13-1-2-2021-06", &["TLSv1.2", "TLSv1.3"]),
    ("ELBSecurityPolicy-TLS13-1-2-Res-2021-06", &["TLSv1.2", "TLSv1.3"]),
    ("ELBSecurityPolicy-TLS13-1-3-2021-06", &["TLSv1.3"]),
];

fn name(index: u64) -> String {
    format!("service-{index}")
}

/// The ARN of a load balancer.
pub fn arn(ask: &Ask<'_>, index: u64) -> String {
    ask.arn("elasticloadbalancing", &format!("loadbalancer/app/{}/{}", name(index), ask.hex(Kind::LoadBalancer, index)))
}

fn part_arn(ask: &Ask<'_>, part: &str, index: u64, ids: usize) -> String {
    let hex = ask.hex(Kind::LoadBalancer, index);
    ask.arn("elasticloadbalancing", &format!("{part}/app/{}{}", name(index), format!("/{hex}").repeat(ids)))
}

fn group_arn(ask: &Ask<'_>, index: u64) -> String {
    ask.arn("elasticloadbalancing", &format!("targetgroup/{}/{}", name(index), ask.hex(Kind::TargetGroup, index)))
}

/// The load balancer, listener or target group that a call names; all their ARNs end with its digits.
fn named(ask: &Ask<'_>, kind: Kind, parameter: &str, code: &str) -> Result<(u64, Dice), Refusal> {
    let asked = ask.text(parameter).unwrap_or_default();
    let missing = || Refusal::new(400, code, "One or more of them were not found");
    ask.index(kind, &asked).map(|index| (index, ask.dice(kind, index))).ok_or_else(missing)
}

fn marker(body: &mut Body, next: Option<String>) {
    if let Some(next) = next {
        body.text("NextMarker", &next);
    }
}

fn size(ask: &Ask<'_>) -> u64 {
    ask.num("PageSize").unwrap_or(PAGE).clamp(1, PAGE)
}

/// The group that a load balancer forwards to.
fn group_of(ask: &Ask<'_>, index: u64) -> Option<u64> {
    let groups = ask.count(Kind::TargetGroup);
    (groups > 0).then(|| index % groups)
}

fn balancers(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (range, next) = ask.page(Kind::LoadBalancer, "Marker", size(ask))?;
    body.list("LoadBalancers", "member", range, |body, index| {
        let dice = ask.dice(Kind::LoadBalancer, index);
        body.text("LoadBalancerArn", &arn(ask, index));
        body.fmt("DNSName", format_args!("{}-{}.{}.elb.amazonaws.com", name(index), dice.below(1, 1 << 30), ask.region_name()));
        body.text("CanonicalHostedZoneId", "Z35SXDOTRQ7X7K");
        body.time("CreatedTime", ask.days_ago(20 + dice.below(2, 800)));
        body.text("LoadBalancerName", &name(index));
        body.text("Scheme", if dice.percent(3, 40) { "internet-facing" } else { "internal" });
        body.text("VpcId", &ask.id("vpc", Kind::Vpc, 0));
        body.member("State", |body| body.text("Code", "active"));
        body.text("Type", "application");
        let vpcs = ask.count(Kind::Vpc).max(1);
        body.list("AvailabilityZones", "member", [0, 1], |body, zone| {
            body.fmt("ZoneName", format_args!("{}{}", ask.region_name(), crate::place::ZONES[zone]));
            body.text("SubnetId", &ask.id("subnet", Kind::Subnet, zone as u64 * vpcs % ask.count(Kind::Subnet).max(1)));
        });
        body.texts("SecurityGroups", "member", [ask.id("sg", Kind::SecurityGroup, 0)]);
        body.text("IpAddressType", "ipv4");
    });
    marker(body, next);
    Ok(())
}

/// Nine load balancers in ten listen with TLS, of which one in ten with an old policy.
fn is_tls(dice: Dice) -> bool {
    dice.percent(4, 90)
}

fn certificate_arn(ask: &Ask<'_>, dice: Dice) -> String {
    let index = dice.below(5, ask.count(Kind::Certificate).max(1));
    ask.arn("acm", &format!("certificate/{}", ask.uuid(Kind::Certificate, index)))
}

fn listeners(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, dice) = named(ask, Kind::LoadBalancer, "LoadBalancerArn", "LoadBalancerNotFound")?;
    body.list("Listeners", "member", [()], |body, ()| {
        body.text("ListenerArn", &part_arn(ask, "listener", index, 2));
        body.text("LoadBalancerArn", &arn(ask, index));
        body.num("Port", if is_tls(dice) { 443 } else { 80 });
        body.text("Protocol", if is_tls(dice) { "HTTPS" } else { "HTTP" });
        if is_tls(dice) {
            body.list("Certificates", "member", [()], |body, ()| body.text("CertificateArn", &certificate_arn(ask, dice)));
            body.text("SslPolicy", SSL_POLICIES[if dice.percent(6, 10) { 0 } else { 3 }].0);
        }
        body.list("DefaultActions", "member", [()], |body, ()| action(ask, body, index));
    });
    Ok(())
}

fn action(ask: &Ask<'_>, body: &mut Body, index: u64) {
    match group_of(ask, index) {
        Some(group) => {
            body.text("Type", "forward");
            body.text("TargetGroupArn", &group_arn(ask, group));
        }
        None => {
            body.text("Type", "fixed-response");
            body.member("FixedResponseConfig", |body| body.text("StatusCode", "404"));
        }
    }
}

fn certificates(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (_, dice) = named(ask, Kind::LoadBalancer, "ListenerArn", "ListenerNotFound")?;
    body.list("Certificates", "member", is_tls(dice).then_some(()), |body, ()| {
        body.text("CertificateArn", &certificate_arn(ask, dice));
        body.flag("IsDefault", true);
    });
    Ok(())
}

fn rules(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, _) = named(ask, Kind::LoadBalancer, "ListenerArn", "ListenerNotFound")?;
    body.list("Rules", "member", [()], |body, ()| {
        body.text("RuleArn", &part_arn(ask, "listener-rule", index, 3));
        body.text("Priority", "default");
        body.list("Conditions", "member", [] as [u64; 0], |_, _| {});
        body.list("Actions", "member", [()], |body, ()| action(ask, body, index));
        body.flag("IsDefault", true);
    });
    Ok(())
}

fn ssl_policies(_: &Ask<'_>, body: &mut Body) -> Made {
    body.list("SslPolicies", "member", SSL_POLICIES, |body, (name, protocols)| {
        body.texts("SslProtocols", "member", *protocols);
        let ciphers = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"];
        body.list("Ciphers", "member", ciphers.iter().zip(1..), |body, (cipher, priority)| {
            body.text("Name", cipher);
            body.num("Priority", priority);
        });
        body.text("Name", name);
        body.texts("SupportedLoadBalancerTypes", "member", ["application", "network"]);
    });
    Ok(())
}

fn tags(ask: &Ask<'_>, body: &mut Body) -> Made {
    body.list("TagDescriptions", "member", ask.texts("ResourceArns"), |body, arn| {
        body.text("ResourceArn", &arn);
        body.list("Tags", "member", [()], |body, ()| {
            body.text("Key", "team");
            body.text("Value", "platform");
        });
    });
    Ok(())
}

fn groups(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (range, next) = ask.page(Kind::TargetGroup, "Marker", size(ask))?;
    let balancers = ask.count(Kind::LoadBalancer);
    body.list("TargetGroups", "member", range, |body, index| {
        body.text("TargetGroupArn", &group_arn(ask, index));
        body.text("TargetGroupName", &name(index));
        body.text("Protocol", "HTTP");
        body.num("Port", 8_080);
        body.text("VpcId", &ask.id("vpc", Kind::Vpc, 0));
        body.text("HealthCheckProtocol", "HTTP");
        body.text("HealthCheckPort", "traffic-port");
        body.flag("HealthCheckEnabled", true);
        body.num("HealthCheckIntervalSeconds", 30);
        body.num("HealthCheckTimeoutSeconds", 5);
        body.num("HealthyThresholdCount", 5);
        body.num("UnhealthyThresholdCount", 2);
        body.text("HealthCheckPath", "/health");
        body.member("Matcher", |body| body.text("HttpCode", "200"));
        body.texts("LoadBalancerArns", "member", (index < balancers).then(|| arn(ask, index)));
        body.text("TargetType", "ip");
        body.text("ProtocolVersion", "HTTP1");
        body.text("IpAddressType", "ipv4");
    });
    marker(body, next);
    Ok(())
}

/// Two targets; of one group in thirty, one of them is not well.
fn health(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, dice) = named(ask, Kind::TargetGroup, "TargetGroupArn", "TargetGroupNotFound")?;
    body.list("TargetHealthDescriptions", "member", [0, 1], |body, target| {
        body.member("Target", |body| {
            body.fmt("Id", format_args!("10.0.{}.{}", index % 250, 10 + target));
            body.num("Port", 8_080);
        });
        body.text("HealthCheckPort", "8080");
        body.member("TargetHealth", |body| {
            if target == 1 && dice.below(1, 30) == 0 {
                body.text("State", "unhealthy");
                body.text("Reason", "Target.ResponseCodeMismatch");
                body.text("Description", "Health checks failed with these codes: [503]");
            } else {
                body.text("State", "healthy");
            }
        });
    });
    Ok(())
}
