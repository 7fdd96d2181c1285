//! Lambda. One function in twelve runs on a runtime that is no longer supported.

use super::{Does, Service};
use crate::ask::{Ask, Made};
use crate::clock::Iso;
use crate::kind::Kind;
use crate::seed::Dice;
use crate::wire::{Body, Refusal, Wire};

/// The card.
pub const SERVICE: Service = Service {
    name: "lambda",
    id: "Lambda",
    scope: "lambda",
    wire: Wire::RestJson,
    target: None,
    namespace: "",
    calls: &[
        ("GetAccountSettings", Does::Makes(settings)),
        ("GetFunctionConcurrency", Does::Makes(concurrency)),
        ("GetFunctionConfiguration", Does::Makes(configuration)),
        ("GetPolicy", Does::Makes(policy)),
        ("GetRuntimeManagementConfig", Does::Makes(runtime_management)),
        ("ListAliases", Does::Makes(aliases)),
        ("ListEventSourceMappings", Does::Says(r#""EventSourceMappings":[]"#)),
        ("ListFunctions", Does::Makes(functions)),
        ("ListProvisionedConcurrencyConfigs", Does::Makes(provisioned)),
        ("ListTags", Does::Makes(tags)),
    ],
};

/// The most functions on a page, however many are asked for.
const PAGE: u64 = 50;

fn name(ask: &Ask<'_>, index: u64) -> String {
    format!("service-{}", ask.hex(Kind::Function, index))
}

/// The function that a call names, by name or ARN, with or without a qualifier.
fn named(ask: &Ask<'_>) -> Result<(u64, Dice), Refusal> {
    let asked = ["FunctionName", "Resource"].iter().find_map(|parameter| ask.text(parameter)).unwrap_or_default();
    let index = ask.index(Kind::Function, asked.trim_end_matches(":$LATEST"));
    let missing = || Refusal::new(404, "ResourceNotFoundException", format!("Function not found: {asked}"));
    index.map(|index| (index, ask.dice(Kind::Function, index))).ok_or_else(missing)
}

fn settings(ask: &Ask<'_>, body: &mut Body) -> Made {
    body.members(r#""AccountLimit":{"TotalCodeSize":80530636800,"CodeSizeUnzipped":262144000,"CodeSizeZipped":52428800,"ConcurrentExecutions":1000,"UnreservedConcurrentExecutions":1000}"#);
    body.member("AccountUsage", |body| {
        body.num("TotalCodeSize", ask.count(Kind::Function) as i64 * 1_000_000);
        body.num("FunctionCount", ask.count(Kind::Function) as i64);
    });
    Ok(())
}

fn functions(ask: &Ask<'_>, body: &mut Body) -> Made {
    let size = ask.num("MaxItems").unwrap_or(PAGE).clamp(1, PAGE);
    let (range, next) = ask.page(Kind::Function, "Marker", size)?;
    body.list("Functions", "", range, |body, index| function(ask, body, index, false));
    if let Some(next) = next {
        body.text("NextMarker", &next);
    }
    Ok(())
}

fn configuration(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, _) = named(ask)?;
    function(ask, body, index, true);
    Ok(())
}

fn function(ask: &Ask<'_>, body: &mut Body, index: u64, is_detailed: bool) {
    let dice = ask.dice(Kind::Function, index);
    let name = name(ask, index);
    let old = dice.below(1, 12) == 0;
    let runtime = if old {
        dice.pick(2, &["python3.8", "nodejs16.x", "go1.x"])
    } else {
        dice.pick(2, &["python3.13", "nodejs22.x", "java21", "provided.al2023"])
    };
    let roles = ask.count(Kind::Role);
    body.text("FunctionName", &name);
    let arn = ask.arn("lambda", &format!("function:{name}"));
    body.fmt("FunctionArn", format_args!("{arn}{}", if is_detailed { "" } else { ":$LATEST" }));
    body.text("Runtime", runtime);
    body.fmt("Role", format_args!("arn:aws:iam::{}:role/service-{:06}", ask.account, dice.below(3, roles.max(1))));
    body.text("Handler", "app.handler");
    body.num("CodeSize", 10_000 + dice.below(4, 20_000_000) as i64);
    body.text("Description", "");
    body.num("Timeout", dice.pick(5, &[3, 15, 30, 60, 900]));
    body.num("MemorySize", dice.pick(6, &[128, 256, 512, 1_024]));
    body.text("LastModified", &Iso(ask.days_ago(dice.below(7, 600))).to_string().replace('Z', ".000+0000"));
    body.text("CodeSha256", "zfSXdj01d5DMDXKT0Dy+sO1XMNryrcRLqh2hwuxjEuk=");
    body.text("Version", "$LATEST");
    body.member("TracingConfig", |body| body.text("Mode", if dice.percent(8, 40) { "Active" } else { "PassThrough" }));
    body.text("RevisionId", &ask.uuid(Kind::Function, index));
    body.text("PackageType", "Zip");
    body.texts("Architectures", "", [if dice.percent(9, 40) { "arm64" } else { "x86_64" }]);
    body.member("EphemeralStorage", |body| body.num("Size", 512));
    body.member("SnapStart", |body| {
        body.text("ApplyOn", "None");
        body.text("OptimizationStatus", "Off");
    });
    body.member("Environment", |body| body.member("Variables", |body| body.text("LOG_LEVEL", "info")));
    body.member("LoggingConfig", |body| {
        body.text("LogFormat", "JSON");
        let has_group = index < ask.count(Kind::LogGroup);
        body.text("LogGroup", &if has_group { super::logs::name(ask, index) } else { format!("/aws/lambda/{name}") });
    });
    if is_detailed {
        body.text("State", "Active");
        body.text("LastUpdateStatus", "Successful");
    }
}

fn concurrency(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (_, dice) = named(ask)?;
    if dice.percent(10, 5) {
        body.num("ReservedConcurrentExecutions", 10);
    }
    Ok(())
}

/// Every tenth function rotates secrets.
pub fn rotates(index: u64) -> bool {
    index.is_multiple_of(10)
}

/// Two functions in five may be invoked by a service; those that rotate secrets by Secrets Manager.
fn policy(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, dice) = named(ask)?;
    if !rotates(index) && !dice.percent(11, 40) {
        return Err(Refusal::new(404, "ResourceNotFoundException", "The resource you requested does not exist."));
    }
    let arn = ask.arn("lambda", &format!("function:{}", name(ask, index)));
    let rule = ask.arn("events", "rule/hourly");
    if rotates(index) {
        body.text("Policy", &format!(r#"{{"Version":"2012-10-17","Id":"default","Statement":[{{"Sid":"rotation","Effect":"Allow","Principal":{{"Service":"secretsmanager.amazonaws.com"}},"Action":"lambda:InvokeFunction","Resource":"{arn}"}}]}}"#));
        body.text("RevisionId", &ask.uuid(Kind::Function, index));
        return Ok(());
    }
    body.text("Policy", &format!(r#"{{"Version":"2012-10-17","Id":"default","Statement":[{{"Sid":"events","Effect":"Allow","Principal":{{"Service":"events.amazonaws.com"}},"Action":"lambda:InvokeFunction","Resource":"{arn}","Condition":{{"ArnLike":{{"AWS:SourceArn":"{rule}"}}}}}}]}}"#));
    body.text("RevisionId", &ask.uuid(Kind::Function, index));
    Ok(())
}

fn runtime_management(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, _) = named(ask)?;
    body.text("UpdateRuntimeOn", "Auto");
    body.text("FunctionArn", &ask.arn("lambda", &format!("function:{}", name(ask, index))));
    Ok(())
}

fn aliases(ask: &Ask<'_>, body: &mut Body) -> Made {
    named(ask)?;
    body.list("Aliases", "", [] as [u64; 0], |_, _| {});
    Ok(())
}

fn provisioned(ask: &Ask<'_>, body: &mut Body) -> Made {
    named(ask)?;
    body.list("ProvisionedConcurrencyConfigs", "", [] as [u64; 0], |_, _| {});
    Ok(())
}

fn tags(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (_, dice) = named(ask)?;
    body.member("Tags", |body| {
        if dice.percent(12, 80) {
            body.text("team", dice.pick(13, &["payments", "orders", "search"]));
        }
    });
    Ok(())
}
