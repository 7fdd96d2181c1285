//! Which call a method and a path are, of the services that speak REST.

use super::s3;
use crate::http::Request;

/// A service, an action, and the labels of the path.
pub type Found = (&'static str, &'static str, Vec<(&'static str, String)>);

/// Service, method, pattern of the path, action. `{Name}` takes one part, `{Name+}` the rest.
const ROUTES: &[(&str, &str, &str, &str)] = &[
    ("lambda", "GET", "2016-08-19/account-settings", "GetAccountSettings"),
    ("lambda", "GET", "2015-03-31/functions", "ListFunctions"),
    ("lambda", "GET", "2015-03-31/event-source-mappings", "ListEventSourceMappings"),
    ("lambda", "GET", "2015-03-31/functions/{FunctionName}/configuration", "GetFunctionConfiguration"),
    ("lambda", "GET", "2015-03-31/functions/{FunctionName}/policy", "GetPolicy"),
    ("lambda", "GET", "2015-03-31/functions/{FunctionName}/aliases", "ListAliases"),
    ("lambda", "GET", "2019-09-30/functions/{FunctionName}/concurrency", "GetFunctionConcurrency"),
    ("lambda", "GET", "2019-09-30/functions/{FunctionName}/provisioned-concurrency", "ListProvisionedConcurrencyConfigs"),
    ("lambda", "GET", "2021-07-20/functions/{FunctionName}/runtime-management-config", "GetRuntimeManagementConfig"),
    ("lambda", "GET", "2017-03-31/tags/{Resource+}", "ListTags"),
    ("apigateway", "GET", "account", "GetAccount"),
    ("apigateway", "GET", "restapis", "GetRestApis"),
    ("apigateway", "GET", "restapis/{restApiId}/stages", "GetStages"),
    ("apigateway", "GET", "restapis/{restApiId}/authorizers", "GetAuthorizers"),
    ("apigateway", "GET", "domainnames", "GetDomainNames"),
    ("apigateway", "GET", "domainnames/{domainName}/basepathmappings", "GetBasePathMappings"),
    ("apigatewayv2", "GET", "v2/apis", "GetApis"),
    ("apigatewayv2", "GET", "v2/apis/{ApiId}/stages", "GetStages"),
    ("apigatewayv2", "GET", "v2/apis/{ApiId}/authorizers", "GetAuthorizers"),
    ("apigatewayv2", "GET", "v2/domainnames", "GetDomainNames"),
    ("apigatewayv2", "GET", "v2/domainnames/{DomainName}/apimappings", "GetApiMappings"),
    ("apigatewayv2", "GET", "v2/domainnames/{DomainName}/routingrules", "ListRoutingRules"),
    ("backup", "GET", "backup/plans", "ListBackupPlans"),
    ("backup", "GET", "backup/plans/{BackupPlanId}", "GetBackupPlan"),
    ("backup", "GET", "backup/plans/{BackupPlanId}/selections", "ListBackupSelections"),
    ("backup", "GET", "backup/plans/{BackupPlanId}/selections/{SelectionId}", "GetBackupSelection"),
    ("backup", "GET", "backup-jobs", "ListBackupJobs"),
    ("backup", "GET", "resources", "ListProtectedResources"),
    ("backup", "GET", "resources/{ResourceArn}/recovery-points", "ListRecoveryPointsByResource"),
    ("route53", "GET", "2013-04-01/hostedzone", "ListHostedZones"),
    ("route53", "GET", "2013-04-01/hostedzone/{HostedZoneId}/rrset", "ListResourceRecordSets"),
    ("s3control", "GET", "v20180820/configuration/publicAccessBlock", "GetPublicAccessBlock"),
];

/// Finds the call of a service, by the name that it signs with; `parts` is the path, decoded part by part.
pub fn route(scope: &str, request: &Request, parts: &[String]) -> Option<Found> {
    // API Gateway's two versions, and S3 and S3 Control, sign with one name.
    let first = parts.first().map(String::as_str).unwrap_or_default();
    let service = match scope {
        "apigateway" if first == "v2" => "apigatewayv2",
        "s3" if first == "v20180820" => "s3control",
        "s3" => return s3::route(request, parts),
        other => other,
    };
    // A last empty part is that of a path that ends with a slash.
    let parts = if parts.len() > 1 && parts.last().is_some_and(String::is_empty) { &parts[..parts.len() - 1] } else { parts };
    let routes = ROUTES.iter().filter(|(known, method, ..)| *known == service && *method == request.method);
    routes.clone().find_map(|(service, _, pattern, action)| Some((*service, *action, labels(pattern, parts)?)))
}

/// The labels of a path, if it is of the pattern.
fn labels(pattern: &'static str, parts: &[String]) -> Option<Vec<(&'static str, String)>> {
    let mut labels = Vec::new();
    let mut rest = parts;
    for expected in pattern.split('/') {
        if let Some(name) = expected.strip_prefix('{').and_then(|name| name.strip_suffix("+}")) {
            labels.push((name, rest.join("/")));
            return Some(labels);
        }
        let (part, others) = rest.split_first()?;
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => labels.push((name, part.clone())),
            None if expected == part => {}
            None => return None,
        }
        rest = others;
    }
    rest.is_empty().then_some(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(scope: &str, path: &str) -> Option<Found> {
        let request = Request { method: "GET".into(), ..Request::default() };
        route(scope, &request, &path.split('/').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn paths_are_calls() {
        let (service, action, labels) = found("apigateway", "v2/apis/a1/stages").expect("a call");
        assert_eq!((service, action, &labels[..]), ("apigatewayv2", "GetStages", &[("ApiId", "a1".to_owned())][..]));
        assert_eq!(found("apigateway", "restapis").expect("a call").1, "GetRestApis");
        assert_eq!(found("backup", "backup-jobs/").expect("a call").1, "ListBackupJobs");
        assert_eq!(found("lambda", "2015-03-31/functions/f").map(|found| found.1), None);
    }
}
