//! What of a declared resource is compared with what is there: only that is kept of a template.

use serde_json::Value;

use crate::aws::{shown, sounds_secret};
use crate::declared::template::{Keep, Template, reduce};
use crate::inventory::kind::Words;
use crate::services::kinds;

/// The properties of a type that are compared; `None` if it is not compared at all.
pub fn keep(resource_type: &str) -> Option<Vec<Keep>> {
    let of = kinds().iter().filter(|kind| kind.types(Words::CloudFormation).iter().any(|name| name == resource_type));
    let keep = |(path, names_only)| Keep { path, names_only };
    let mut known = None;
    for kind in of {
        known.get_or_insert_with(Vec::new).extend(kind.properties().into_iter().map(keep));
    }
    known
}

/// A template as a snapshot may keep it.
pub fn reduced(template: &Template) -> Value {
    let mut body = reduce(template, &keep, &sounds_secret);
    withhold(&mut body);
    body
}

/// Takes away what the rows of record sets have not either: the values of texts, some of which are passwords. Of a record whose type
/// is computed nobody knows what it is.
fn withhold(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(withhold),
        Value::Object(members) => {
            let is_shown = members.get("Type").and_then(Value::as_str).is_some_and(|kind| kind != "TXT");
            if let Some(values) = members.get_mut("ResourceRecords").filter(|_| !is_shown) {
                *values = Value::Null;
            }
            members.values_mut().for_each(withhold);
        }
        _ => {}
    }
}

/// A template as a recording may keep it: what is compared, and the outputs that readers look at. `None` if it is not understood.
pub fn recorded(text: &str) -> Option<String> {
    let template = Template::parse(text).ok()?;
    let mut kept = reduced(&template);
    let output = |(name, value): (&str, &Value)| {
        let value = if shown(name, "x") == "x" { value.clone() } else { "[redacted]".into() };
        (name.to_owned(), serde_json::json!({ "Value": value }))
    };
    let outputs: serde_json::Map<String, Value> = template.outputs().filter(|(_, value)| !value.is_null()).map(output).collect();
    if !outputs.is_empty() {
        kept["Outputs"] = outputs.into();
    }
    Some(kept.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_keeps_what_is_compared_and_no_secret() {
        let text = "
Parameters: {Password: {Type: String, NoEcho: true, Default: hunter2}}
Resources:
  S: {Type: AWS::EC2::Subnet, Properties: {CidrBlock: 10.0.0.0/24, Secret: hunter2}}
  X: {Type: AWS::X::Y, Properties: {Key: hunter2}}
Outputs:
  Subnet: {Value: !Ref S}
  ApiToken: {Value: hunter2}
";
        let kept = recorded(text).unwrap();
        assert!(kept.contains("10.0.0.0/24") && kept.contains(r#""Subnet":{"Value":{"Ref":"S"}}"#) && !kept.contains("hunter2"), "{kept}");
        assert_eq!(recorded("hunter2"), None);
    }
}
