//! API Gateway, both versions: REST APIs with a stage each; no HTTP APIs.

use super::{Does, Service};
use crate::ask::{Ask, Made};
use crate::kind::Kind;
use crate::seed::Dice;
use crate::wire::{Body, Refusal, Wire};

/// The card of REST APIs.
pub const SERVICE: Service = Service {
    name: "apigateway",
    id: "API Gateway",
    scope: "apigateway",
    wire: Wire::RestJson,
    target: None,
    namespace: "",
    calls: &[
        (
            "GetAccount",
            Does::Says(r#""throttleSettings":{"burstLimit":5000,"rateLimit":10000.0},"features":["UsagePlans"],"apiKeyVersion":"4""#),
        ),
        ("GetAuthorizers", Does::Makes(authorizers)),
        ("GetBasePathMappings", Does::Says(r#""item":[]"#)),
        ("GetDomainNames", Does::Says(r#""item":[]"#)),
        ("GetRestApis", Does::Makes(apis)),
        ("GetStages", Does::Makes(stages)),
    ],
};

/// The card of HTTP APIs.
pub const SERVICE_V2: Service = Service {
    name: "apigatewayv2",
    id: "ApiGatewayV2",
    scope: "apigateway",
    wire: Wire::RestJson,
    target: None,
    namespace: "",
    calls: &[
        ("GetApiMappings", Does::Says(r#""items":[]"#)),
        ("GetApis", Does::Says(r#""items":[]"#)),
        ("GetAuthorizers", Does::Says(r#""items":[]"#)),
        ("GetDomainNames", Does::Says(r#""items":[]"#)),
        ("GetStages", Does::Says(r#""items":[]"#)),
        ("ListRoutingRules", Does::Says(r#""routingRules":[]"#)),
    ],
};

fn id(ask: &Ask<'_>, index: u64) -> String {
    format!("a{}", ask.hex(Kind::RestApi, index))
}

fn named(ask: &Ask<'_>) -> Result<(u64, Dice), Refusal> {
    let index = ask.text("restApiId").and_then(|id| ask.index(Kind::RestApi, &id));
    let missing = || Refusal::new(404, "NotFoundException", "Invalid API identifier specified");
    index.map(|index| (index, ask.dice(Kind::RestApi, index))).ok_or_else(missing)
}

fn apis(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (range, next) = ask.page(Kind::RestApi, "position", ask.num("limit").unwrap_or(25).clamp(1, 500))?;
    if let Some(next) = next {
        body.text("position", &next);
    }
    body.list("item", "", range, |body, index| {
        let dice = ask.dice(Kind::RestApi, index);
        body.text("id", &id(ask, index));
        body.fmt("name", format_args!("service-{index}"));
        body.time("createdDate", ask.days_ago(30 + dice.below(1, 900)));
        body.text("apiKeySource", "HEADER");
        body.member("endpointConfiguration", |body| body.texts("types", "", [dice.pick(2, &["REGIONAL", "REGIONAL", "EDGE", "PRIVATE"])]));
        body.member("tags", |body| body.text("env", dice.pick(3, &["prod", "staging", "dev"])));
        body.flag("disableExecuteApiEndpoint", dice.percent(4, 40));
        body.text("rootResourceId", "root000000");
    });
    Ok(())
}

fn stages(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (_, dice) = named(ask)?;
    body.list("item", "", [()], |body, ()| {
        body.text("deploymentId", "deploy0000");
        body.text("stageName", "live");
        body.flag("cacheClusterEnabled", false);
        body.text("cacheClusterStatus", "NOT_AVAILABLE");
        body.member("methodSettings", |_| {});
        if dice.percent(5, 75) {
            body.member("accessLogSettings", |body| {
                body.text("format", "$context.requestId");
                body.text("destinationArn", &ask.arn("logs", "log-group:/api/access"));
            });
        }
        body.flag("tracingEnabled", dice.percent(6, 40));
        body.time("createdDate", ask.days_ago(30));
        body.time("lastUpdatedDate", ask.days_ago(3));
    });
    Ok(())
}

fn authorizers(ask: &Ask<'_>, body: &mut Body) -> Made {
    named(ask)?;
    body.list("item", "", [] as [u64; 0], |_, _| {});
    Ok(())
}
