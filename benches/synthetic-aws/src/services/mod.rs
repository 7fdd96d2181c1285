//! The calls of each service: what driftlead makes, and a little more.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::ask::{Ask, Make};
use crate::wire::{Body, Refusal, Wire};

mod acm;
mod apigateway;
mod backup;
mod cloudformation;
mod cloudwatch;
mod ec2;
mod ecs;
mod elbv2;
mod iam;
mod kms;
mod lambda;
mod logs;
mod organizations;
mod rds;
pub mod rest;
mod route53;
mod s3;
mod scaling;
mod secretsmanager;
mod sts;
mod tagging;
mod trail;
mod wafv2;

/// A service.
#[derive(Debug)]
pub struct Service {
    /// Its name in counters: the prefix of its IAM actions, with `apigatewayv2` and `s3control` apart.
    pub name: &'static str,
    /// The id that SDKs know it by.
    pub id: &'static str,
    /// The name that it signs with.
    pub scope: &'static str,
    /// Its protocol.
    pub wire: Wire,
    /// What stands before the action in `X-Amz-Target`.
    pub target: Option<&'static str>,
    /// The namespace of its XML, or `""`.
    pub namespace: &'static str,
    /// Its calls.
    pub calls: &'static [(&'static str, Does)],
}

/// How a call is answered.
#[derive(Debug, Clone, Copy)]
pub enum Does {
    /// With the same members every time.
    Says(&'static str),
    /// With what is made for the asking.
    Makes(Make),
}

/// A call that is known.
#[derive(Debug)]
pub struct Action {
    /// Its service.
    pub service: &'static Service,
    /// Its name.
    pub name: &'static str,
    /// Its place among all.
    pub index: usize,
    does: Does,
}

impl Action {
    /// `ec2.DescribeVpcs`.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.service.name, self.name)
    }
}

/// Every service.
pub const ALL: &[&Service] = &[
    &acm::SERVICE,
    &apigateway::SERVICE,
    &apigateway::SERVICE_V2,
    &scaling::APPLICATION,
    &scaling::GROUPS,
    &backup::SERVICE,
    &cloudformation::SERVICE,
    &trail::SERVICE,
    &cloudwatch::SERVICE,
    &ec2::SERVICE,
    &ecs::SERVICE,
    &elbv2::SERVICE,
    &iam::SERVICE,
    &kms::SERVICE,
    &lambda::SERVICE,
    &logs::SERVICE,
    &organizations::SERVICE,
    &rds::SERVICE,
    &route53::SERVICE,
    &s3::SERVICE,
    &s3::CONTROL,
    &secretsmanager::SERVICE,
    &sts::SERVICE,
    &tagging::SERVICE,
    &wafv2::SERVICE,
];

static ACTIONS: LazyLock<Vec<Action>> = LazyLock::new(|| {
    let calls = ALL.iter().flat_map(|service| service.calls.iter().map(move |(name, does)| (*service, *name, *does)));
    calls.enumerate().map(|(index, (service, name, does))| Action { service, name, index, does }).collect()
});

static BY_NAME: LazyLock<HashMap<(&str, &str), usize>> =
    LazyLock::new(|| actions().iter().map(|action| ((action.service.name, action.name), action.index)).collect());

/// Every call that is known.
pub fn actions() -> &'static [Action] {
    &ACTIONS
}

/// The call of a service by its name.
pub fn find(service: &str, name: &str) -> Option<&'static Action> {
    BY_NAME.get(&(service, name)).map(|index| &actions()[*index])
}

/// The answer to a call, in its protocol's envelope.
///
/// # Errors
/// What the service refuses.
pub fn answer(ask: &Ask<'_>, request_id: &str) -> Result<Body, Refusal> {
    let wire = ask.wire();
    let (action, namespace) = (ask.action.name, ask.action.service.namespace);
    let mut body = Body::new(wire.format());
    let write = |body: &mut Body| match ask.action.does {
        Does::Says(members) => {
            body.members(members);
            Ok(())
        }
        Does::Makes(make) => make(ask, body),
    };
    match wire {
        Wire::Ec2Query => {
            body.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<");
            body.raw(action);
            body.raw("Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">");
            body.text("requestId", request_id);
            write(&mut body)?;
            body.raw("</");
            body.raw(action);
            body.raw("Response>");
        }
        Wire::AwsQuery => {
            for part in ["<", action, "Response xmlns=\"", namespace, "\"><", action, "Result>"] {
                body.raw(part);
            }
            write(&mut body)?;
            for part in
                ["</", action, "Result><ResponseMetadata><RequestId>", request_id, "</RequestId></ResponseMetadata></", action, "Response>"]
            {
                body.raw(part);
            }
        }
        // The roots of REST's XML have names of their own.
        Wire::RestXml | Wire::RestXmlWrapped => {
            body.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
            write(&mut body)?;
        }
        Wire::AwsJson10 | Wire::AwsJson11 | Wire::RestJson | Wire::RpcCbor => {
            body.open();
            write(&mut body)?;
            body.close();
        }
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::testing;
    use crate::world::World;

    #[test]
    fn every_call_has_a_name_of_its_own() {
        assert_eq!(BY_NAME.len(), actions().len());
        assert!(find("ec2", "DescribeVpcs").is_some() && find("ec2", "RunInstances").is_none());
    }

    #[test]
    fn envelopes_are_the_protocols_own() {
        let world = World::default();
        let answer = |action: &str| testing::answer(&world, action, "").expect("an answer");
        assert!(answer("ec2.DescribeVpcEndpoints").ends_with("<requestId>r</requestId><vpcEndpointSet/></DescribeVpcEndpointsResponse>"));
        assert!(
            answer("rds.DescribeDBInstances")
                .contains("<DescribeDBInstancesResult><DBInstances></DBInstances></DescribeDBInstancesResult>")
        );
        assert_eq!(answer("logs.DescribeAccountPolicies"), r#"{"accountPolicies":[]}"#);
    }
}
