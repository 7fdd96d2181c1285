//! A template cut down to what is compared, so that it can be stored: what nobody compares, and what can be a secret, is not in it.
//!
//! Of what is left out the name stays, with `null` in the value's place. What is kept resolves to the same as before.

use serde_json::{Map, Value, json};

use super::{Template, intrinsic, is_macro};

mod reach;

/// A part of a resource's properties that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keep {
    /// Names from the properties down, with dots; `[]` means every item of a list: `SecurityGroupIngress[].CidrIp`. All that lies below
    /// is kept.
    pub path: String,
    /// Of a map, keep the names and put `null` for the values (a function's environment).
    pub names_only: bool,
}

/// What is left to walk of what is kept.
#[derive(Clone, Copy)]
struct Way<'k> {
    path: &'k str,
    names_only: bool,
}

impl<'k> Way<'k> {
    /// The way from a member on, if it leads through it.
    fn through(self, name: &str) -> Option<Self> {
        let rest = self.path.strip_prefix(name)?;
        match rest.strip_prefix('.') {
            Some(path) => Some(Self { path, ..self }),
            None if rest.is_empty() || rest.starts_with("[]") => Some(Self { path: rest, ..self }),
            None => None,
        }
    }

    /// The way from an item on, if it leads through the items.
    fn into_items(self) -> Option<Self> {
        let rest = self.path.strip_prefix("[]")?;
        Some(Self { path: rest.strip_prefix('.').unwrap_or(rest), ..self })
    }
}

/// A smaller template: of each resource its type, its condition, and of its properties what `keep` names for the type (`None`: nothing).
/// Conditions and mappings are there as far as what is kept reaches them. A parameter keeps its default unless AWS hides it or
/// `is_secret` says that its name sounds like a secret's. Outputs, descriptions and metadata are left out.
///
/// [`Template::of`] reads it again.
pub fn reduce(template: &Template, keep: &dyn Fn(&str) -> Option<Vec<Keep>>, is_secret: &dyn Fn(&str) -> bool) -> Value {
    let mut resources = Map::new();
    for resource in template.resources() {
        let mut kept = Map::from_iter([("Type".to_owned(), resource.resource_type.into())]);
        if let Some(condition) = resource.condition {
            kept.insert("Condition".to_owned(), condition.into());
        }
        if let Some(policy) = resource.deletion_policy {
            kept.insert("DeletionPolicy".to_owned(), policy.into());
        }
        if let Some(properties) = resource.properties {
            let all = keep(resource.resource_type).into_iter().flatten().collect::<Vec<Keep>>();
            let ways: Vec<Way<'_>> = all.iter().map(|keep| Way { path: &keep.path, names_only: keep.names_only }).collect();
            kept.insert("Properties".to_owned(), cut_properties(properties, &ways));
        }
        resources.insert(resource.logical_id.to_owned(), kept.into());
    }
    for name in template.unexpanded() {
        resources.insert(name.to_owned(), Value::Null);
    }
    let is_hidden = |name: &str| template.parameter(name).is_some_and(|parameter| parameter.no_echo || is_secret(name));
    let (conditions, mappings) = reach::reached(template, &resources, &is_hidden);
    let mut body = Map::new();
    if template.has_transform() {
        body.insert("Transform".to_owned(), transforms(template));
    }
    let sections = [("Parameters", parameters(template, &is_hidden)), ("Mappings", mappings), ("Conditions", conditions)];
    body.extend(sections.into_iter().filter(|(_, section)| !section.is_empty()).map(|(name, section)| (name.to_owned(), section.into())));
    body.insert("Resources".to_owned(), resources.into());
    body.into()
}

/// The names of the transforms; what a macro is given stays away.
fn transforms(template: &Template) -> Value {
    let name = |value: &Value| value.as_str().or_else(|| value.get("Name")?.as_str()).map(Value::from);
    match template.body.get("Transform") {
        Some(Value::Array(all)) => all.iter().filter_map(name).collect(),
        Some(one) => name(one).into_iter().collect(),
        None => Value::Array(Vec::new()),
    }
}

fn parameters(template: &Template, is_hidden: &dyn Fn(&str) -> bool) -> Map<String, Value> {
    let mut kept = Map::new();
    for (name, parameter) in template.parameters() {
        let mut members = Map::from_iter([("Type".to_owned(), parameter.parameter_type.into())]);
        if parameter.no_echo {
            members.insert("NoEcho".to_owned(), true.into());
        }
        if let Some(default) = parameter.default.filter(|_| !is_hidden(name)) {
            members.insert("Default".to_owned(), default.clone());
        }
        kept.insert(name.to_owned(), members.into());
    }
    kept
}

/// The names of all properties stay.
fn cut_properties(properties: &Value, ways: &[Way<'_>]) -> Value {
    match properties {
        Value::Object(members) if !is_macro(members) && intrinsic(properties).is_none() => {
            members.iter().map(|(name, value)| (name.clone(), cut_member(name, value, ways))).collect()
        }
        Value::Object(members) => members.keys().map(|name| (name.clone(), Value::Null)).collect(),
        _ => Value::Null,
    }
}

fn cut(value: &Value, ways: &[Way<'_>]) -> Value {
    if ways.is_empty() {
        return Value::Null;
    }
    if ways.iter().any(|way| way.path.is_empty() && !way.names_only) {
        return value.clone();
    }
    match value {
        Value::Object(members) if is_macro(members) => {
            let names = members.keys().filter(|name| *name == "Fn::Transform" || name.starts_with("Fn::ForEach::"));
            names.map(|name| (name.clone(), Value::Null)).collect()
        }
        Value::Object(members) => match intrinsic(value) {
            Some((name, argument)) => cut_function(value, name, argument, ways),
            None => members.iter().map(|(name, value)| (name.clone(), cut_member(name, value, ways))).collect(),
        },
        Value::Array(items) => {
            let inner: Vec<Way<'_>> = ways.iter().filter_map(|way| way.into_items()).collect();
            items.iter().map(|item| cut(item, &inner)).collect()
        }
        scalar => {
            // In place of a list of one item some properties take the item.
            let is_item = ways.iter().filter_map(|way| way.into_items()).any(|way| way.path.is_empty() && !way.names_only);
            if is_item { scalar.clone() } else { Value::Null }
        }
    }
}

fn cut_member(name: &str, value: &Value, ways: &[Way<'_>]) -> Value {
    if ways.iter().any(|way| way.path.is_empty()) {
        return blank(value);
    }
    // The same for a map in place of a list.
    let inner: Vec<Way<'_>> = ways.iter().filter_map(|way| way.into_items().unwrap_or(*way).through(name)).collect();
    cut(value, &inner)
}

/// No value, unless a condition decides whether the name is there at all.
fn blank(value: &Value) -> Value {
    match intrinsic(value) {
        Some(("Ref", name)) if name == "AWS::NoValue" => value.clone(),
        Some(("Fn::If", Value::Array(parts))) => match &parts[..] {
            [condition @ Value::String(_), yes, no] => json!({"Fn::If": [condition, blank(yes), blank(no)]}),
            _ => Value::Null,
        },
        _ => Value::Null,
    }
}

/// A function in the place of a map or a list that would be cut. Its names are no values, and stay; what it chooses among is cut.
fn cut_function(value: &Value, name: &str, argument: &Value, ways: &[Way<'_>]) -> Value {
    let items_kept = ways.iter().filter_map(|way| way.into_items()).any(|way| way.path.is_empty() && !way.names_only);
    match (name, argument) {
        ("Fn::If", Value::Array(parts)) if parts.len() == 3 && parts[0].is_string() => {
            json!({ name: [parts[0].clone(), cut(&parts[1], ways), cut(&parts[2], ways)] })
        }
        ("Fn::FindInMap", Value::Array(parts)) if parts.len() == 4 => {
            let default = parts[3].get("DefaultValue").map_or(Value::Null, |default| cut(default, ways));
            json!({ name: [parts[0].clone(), parts[1].clone(), parts[2].clone(), {"DefaultValue": default}] })
        }
        ("Fn::Select", Value::Array(parts)) if parts.len() == 2 && parts[1].is_array() => {
            let items = parts[1].as_array().into_iter().flatten().map(|item| cut(item, ways));
            json!({ name: [parts[0].clone(), items.collect::<Value>()] })
        }
        ("Ref" | "Fn::GetAtt" | "Fn::ImportValue" | "Fn::FindInMap" | "Fn::GetAZs" | "Fn::Cidr", _) => value.clone(),
        _ if items_kept => value.clone(),
        _ => json!({ name: null }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(paths: &[&str]) -> Vec<Keep> {
        paths.iter().map(|path| Keep { path: path.trim_start_matches('~').to_owned(), names_only: path.starts_with('~') }).collect()
    }

    fn reduced(body: Value, paths: &[&str]) -> Value {
        let template = Template::of(body).unwrap();
        reduce(&template, &|kind| (kind == "T").then(|| keep(paths)), &|name| name.contains("Password"))
    }

    fn properties(given: Value, paths: &[&str]) -> Value {
        let body = reduced(json!({"Resources": {"A": {"Type": "T", "Properties": given}}}), paths);
        body["Resources"]["A"]["Properties"].clone()
    }

    #[test]
    fn only_what_is_named_is_kept_and_the_rest_by_its_name() {
        let given = json!({"V": {"Status": "Enabled", "X": "hunter2"}, "Key": "hunter2", "In": [{"Cidr": "a", "D": "hunter2"}], "L": ["a"],
            "VX": 1, "Tags": [{"Key": "k", "Value": "v"}]});
        assert_eq!(
            properties(given, &["V.Status", "In[].Cidr", "L[]", "Tags"]),
            json!({"V": {"Status": "Enabled", "X": null}, "Key": null, "In": [{"Cidr": "a", "D": null}], "L": ["a"], "VX": null,
                "Tags": [{"Key": "k", "Value": "v"}]})
        );
    }

    #[test]
    fn names_of_a_map_are_kept_without_its_values() {
        let given = json!({"E": {"V": {"A": "hunter2", "B": {"Fn::If": ["C", "hunter2", {"Ref": "AWS::NoValue"}]}}}});
        assert_eq!(properties(given, &["~E.V"]), json!({"E": {"V": {"A": null, "B": {"Fn::If": ["C", null, {"Ref": "AWS::NoValue"}]}}}}));
        let given = json!({"E": {"Fn::If": ["C", {"V": {"A": "hunter2"}}, {"Ref": "AWS::NoValue"}]}});
        assert_eq!(properties(given, &["~E.V"]), json!({"E": {"Fn::If": ["C", {"V": {"A": null}}, {"Ref": "AWS::NoValue"}]}}));
    }

    #[test]
    fn functions_are_walked_through() {
        let given = json!({"V": {"Fn::If": ["C", {"Status": "On", "X": "hunter2"}, {"Fn::FindInMap": ["M", "t", "s"]}]},
            "W": {"Fn::FindInMap": ["M", "t", "s", {"DefaultValue": {"Status": "On", "X": "hunter2"}}]},
            "S": {"Fn::Select": [0, [{"Status": "On", "X": "hunter2"}]]},
            "J": {"Fn::Join": ["", ["hunter2"]]}, "L": {"Fn::Split": [",", {"Ref": "P"}]}, "T": {"Fn::Transform": {"Name": "hunter2"}, "X": "hunter2"},
            "Q": {"Fn::Quiz": "hunter2"}});
        let kept = properties(given, &["V.Status", "W.Status", "S.Status", "J.Status", "L[]", "T.Status", "Q.Status"]);
        assert_eq!(
            kept,
            json!({"V": {"Fn::If": ["C", {"Status": "On", "X": null}, {"Fn::FindInMap": ["M", "t", "s"]}]},
                "W": {"Fn::FindInMap": ["M", "t", "s", {"DefaultValue": {"Status": "On", "X": null}}]},
                "S": {"Fn::Select": [0, [{"Status": "On", "X": null}]]},
                "J": {"Fn::Join": null}, "L": {"Fn::Split": [",", {"Ref": "P"}]}, "T": {"Fn::Transform": null}, "Q": {"Fn::Quiz": null}})
        );
    }

    #[test]
    fn no_secret_is_left_in_what_is_around() {
        let body = json!({
            "Description": "hunter2", "Metadata": {"x": "hunter2"}, "Transform": [{"Name": "M", "Parameters": {"k": "hunter2"}}, "AWS::Y"],
            "Parameters": {"P": {"Type": "String", "Default": "open", "Description": "hunter2"},
                "DbPassword": {"Type": "String", "Default": "hunter2"}, "H": {"Type": "String", "NoEcho": true, "Default": "hunter2"}},
            "Mappings": {"M": {"a": {"kept": 1, "left": "hunter2"}, "b": {"kept": 2}}, "N": {"a": {"k": "hunter2"}}},
            "Conditions": {"C": {"Fn::And": [{"Condition": "D"}, {"Fn::Equals": [{"Ref": "P"}, {"Fn::FindInMap": ["M", "b", "kept"]}]}]},
                "D": {"Fn::Equals": [{"Ref": "DbPassword"}, "hunter2"]}, "Unused": {"Fn::Equals": ["hunter2", "a"]}},
            "Resources": {"A": {"Type": "T", "Condition": "C", "Metadata": "hunter2", "Properties": {
                "K": {"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "kept"]}, "X": "hunter2"}},
                "B": {"Type": "Other", "Properties": {"K": "hunter2"}}, "Fn::ForEach::L": ["I", ["hunter2"], {}]},
            "Outputs": {"O": {"Value": "hunter2"}}});
        let kept = reduced(body, &["K"]);
        assert!(!kept.to_string().contains("hunter2"), "{kept}");
        assert_eq!(
            kept,
            json!({"Transform": ["M", "AWS::Y"],
                "Parameters": {"P": {"Type": "String", "Default": "open"}, "DbPassword": {"Type": "String"}, "H": {"Type": "String", "NoEcho": true}},
                "Mappings": {"M": {"a": {"kept": 1}, "b": {"kept": 2}}},
                "Conditions": {"C": {"Fn::And": [{"Condition": "D"}, {"Fn::Equals": [{"Ref": "P"}, {"Fn::FindInMap": ["M", "b", "kept"]}]}]},
                    "D": {"Fn::Equals": null}},
                "Resources": {"A": {"Type": "T", "Condition": "C", "Properties": {"K": {"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "kept"]}, "X": null}},
                    "B": {"Type": "Other", "Properties": {"K": null}}, "Fn::ForEach::L": null}})
        );
        assert!(Template::of(kept).unwrap().has_transform());
    }
}
