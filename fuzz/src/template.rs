//! A template of CloudFormation: what is read and written again is the same, every expression is a value or a hole, what is kept of
//! it resolves as before, and no hidden default is kept.

use driftlead::declared::is_hole;
use driftlead::declared::template::{Keep, Template, World, outputs, reduce, resolve};
use driftlead::services::cloudformation;
use serde_json::Value;

/// What nothing that is kept may hold.
const MARKER: &str = "pl4nted-s3cret";

/// A stack that is deployed with the defaults of its template.
struct Deployed<'t>(&'t Template);

impl World for Deployed<'_> {
    fn account_id(&self) -> &str {
        "111122223333"
    }
    fn region(&self) -> &str {
        "us-east-1"
    }
    fn partition(&self) -> &str {
        "aws"
    }
    fn url_suffix(&self) -> &str {
        "amazonaws.com"
    }
    fn stack_id(&self) -> Option<&str> {
        None
    }
    fn stack_name(&self) -> Option<&str> {
        Some("s")
    }
    fn notification_arns(&self) -> Option<Vec<String>> {
        Some(Vec::new())
    }
    fn parameter(&self, name: &str) -> Option<Value> {
        // The value of a parameter is a text, whatever its default looks like.
        self.0.parameter(name)?.default.filter(|default| default.is_string()).cloned()
    }
    fn physical_id(&self, logical_id: &str) -> Option<String> {
        Some(format!("id-{logical_id}"))
    }
    fn attribute(&self, logical_id: &str, resource_type: &str, attribute: &str) -> Result<Value, String> {
        if attribute == "Arn" { Ok(format!("{resource_type}/{logical_id}").into()) } else { Err("nothing is known of it".to_owned()) }
    }
    fn import(&self, export: &str) -> Option<String> {
        (!export.is_empty()).then(|| format!("import-{export}"))
    }
    fn availability_zones(&self, region: &str) -> Option<Vec<String>> {
        (region == "us-east-1").then(|| ["a", "b"].map(|zone| format!("{region}{zone}")).into())
    }
}

/// Reads, writes, resolves and cuts it.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let template = match Template::parse(text) {
        Ok(template) => template,
        // A return ends a line of YAML.
        Err(error) => return assert!(!error.what.is_empty() && error.line <= 1 + text.split(['\n', '\r']).count(), "{error:?}"),
    };
    let written = template.body.to_string();
    match Template::parse(&written) {
        Ok(again) => assert_eq!(again.body, template.body, "read again, and not the same"),
        // YAML may lie a level deeper than JSON.
        Err(error) => assert!(error.what.contains("recursion limit"), "{error}: {written}"),
    }
    let resolved = resolve(&template, &Deployed(&template));
    for declared in &resolved {
        assert_eq!(intrinsic_in(&declared.properties), None, "a function is left over in {}", declared.logical_id);
    }
    for output in outputs(&template, &Deployed(&template)) {
        assert_eq!(intrinsic_in(&output.value), None, "a function is left over in the output {}", output.name);
    }
    kept_is_the_same(&template);
    hidden_stays_hidden(&template);
}

/// A function that stands in a resolved value. A deployed value is what AWS says, whatever it looks like.
fn intrinsic_in(value: &Value) -> Option<&str> {
    match value {
        _ if is_hole(value).is_some() => None,
        Value::Array(items) => items.iter().find_map(intrinsic_in),
        Value::Object(members) => {
            let own = members.keys().find(|name| members.len() == 1 && (*name == "Ref" || name.starts_with("Fn::")));
            own.map(String::as_str).or_else(|| members.values().find_map(intrinsic_in))
        }
        _ => None,
    }
}

/// Of each resource its properties of the first level are kept.
fn kept_is_the_same(template: &Template) {
    // A comparison with a hidden parameter is left out, so that the words of its hole are others.
    if template.parameters().any(|(_, parameter)| parameter.no_echo) {
        return;
    }
    let names = |kind: &str| -> Vec<String> {
        let own = template.resources().filter(|resource| resource.resource_type == kind);
        let names = own.filter_map(|resource| resource.properties?.as_object()).flat_map(|properties| properties.keys().cloned());
        names.filter(|name| !name.is_empty() && !name.contains(['.', '['])).collect()
    };
    let keep = |kind: &str| Some(names(kind).into_iter().map(|path| Keep { path, names_only: false }).collect());
    let smaller = Template::of(reduce(template, &keep, &|_| false)).expect("what is kept is a template");
    // The defaults are those of the whole template.
    let (full, small) = (resolve(template, &Deployed(template)), resolve(&smaller, &Deployed(template)));
    assert_eq!(full.len(), small.len());
    if full.iter().any(|declared| declared.counts.unresolved.contains_key(TOO_MUCH)) {
        return;
    }
    for (full, small) in full.iter().zip(&small) {
        assert_eq!((&full.logical_id, &full.exists), (&small.logical_id, &small.exists));
        if template.resource(&full.logical_id).and_then(|resource| resource.properties).is_some_and(is_plain) {
            for name in names(&full.resource_type) {
                assert_eq!(full.properties.get(&name), small.properties.get(&name), "{}.{name} is not the same", full.logical_id);
            }
        }
    }
}

/// The cause of holes where a template is too large or too deep to be resolved: how far it goes hangs on what else there is.
const TOO_MUCH: &str = "nested too deeply, or in a circle";

/// A map of properties, and no function that makes one.
fn is_plain(properties: &Value) -> bool {
    let is_name = |name: &String| name != "Ref" && !name.starts_with("Fn::");
    properties.as_object().is_some_and(|members| members.keys().all(is_name))
}

/// A parameter with NoEcho is given the marker for its default.
fn hidden_stays_hidden(template: &Template) {
    let mut body = template.body.clone();
    let mut planted = 0;
    let hidden: Vec<String> = template.parameters().filter(|(_, parameter)| parameter.no_echo).map(|(name, _)| name.to_owned()).collect();
    for name in hidden {
        if let Some(parameter) = body["Parameters"].get_mut(&name).and_then(Value::as_object_mut) {
            parameter.insert("Default".to_owned(), MARKER.into());
            planted += 1;
        }
    }
    let text = body.to_string();
    if planted == 0 || text.matches(MARKER).count() != planted {
        return;
    }
    if let Some(kept) = cloudformation::recorded(&text) {
        assert!(!kept.contains(MARKER), "a hidden default is kept: {text}");
    }
    let template = Template::of(body).expect("it was one before");
    for declared in resolve(&template, &Deployed(&template)) {
        assert!(!declared.properties.to_string().contains(MARKER), "a hidden default is resolved: {text}");
    }
}
