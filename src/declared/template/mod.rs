//! CloudFormation templates: read from JSON or YAML into one form, resolved as far as can be, and cut down to what may be stored.
//!
//! The form is JSON with intrinsics in their long form (`{"Fn::GetAtt": ["A", "B.C"]}`), whatever the text was.

mod json;
pub mod parse;
pub mod reduce;
pub mod resolve;
mod scalar;
mod yaml;

pub use self::parse::TemplateError;
pub use self::reduce::{Keep, reduce};
pub use self::resolve::{Counts, Declared, Exists, Output, World, outputs, resolve};

use serde_json::{Map, Value};

/// How a template is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON.
    Json,
    /// YAML 1.1, with CloudFormation's short tags.
    Yaml,
}

impl Format {
    /// `json` or `yaml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Yaml => "yaml",
        }
    }
}

/// A template.
#[derive(Debug, Clone)]
pub struct Template {
    /// How its text was written.
    pub format: Format,
    /// All of it, with intrinsics in their long form. It has a map of `Resources`.
    pub body: Value,
}

/// A resource of a template, unresolved.
#[derive(Debug, Clone, Copy)]
pub struct Resource<'t> {
    /// Name in the template.
    pub logical_id: &'t str,
    /// Type (`AWS::S3::Bucket`).
    pub resource_type: &'t str,
    /// Name of the condition under which it exists; '' for what is no name.
    pub condition: Option<&'t str>,
    /// Its properties, unresolved; `None` if the template gives none.
    pub properties: Option<&'t Value>,
    /// What happens to it with its stack: `Delete`, `Retain`, `Snapshot`, `RetainExceptOnCreate`; `None` if the template does not say.
    pub deletion_policy: Option<&'t str>,
    /// The same for an update that replaces it.
    pub update_replace_policy: Option<&'t str>,
}

/// A parameter of a template.
#[derive(Debug, Clone, Copy)]
pub struct Parameter<'t> {
    /// Its type (`String`, `List<Number>`, `AWS::SSM::Parameter::Value<String>`).
    pub parameter_type: &'t str,
    /// Whether AWS hides its value.
    pub no_echo: bool,
    /// What it is when nobody says.
    pub default: Option<&'t Value>,
}

impl Parameter<'_> {
    /// Whether its value is a list, which is given as one text with commas.
    pub fn is_list(&self) -> bool {
        let of = self.parameter_type.strip_prefix(SSM_VALUE).and_then(|rest| rest.strip_suffix('>')).unwrap_or(self.parameter_type);
        of == "CommaDelimitedList" || of.starts_with("List<")
    }
}

/// Begins the types of parameters that name a parameter of Systems Manager, whose value is meant.
const SSM_VALUE: &str = "AWS::SSM::Parameter::Value<";

impl Template {
    /// Reads a template's text.
    ///
    /// # Errors
    /// What is wrong with it, and in which line.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        parse::parse(text)
    }

    /// A template that is JSON already, as [`reduce`] makes it.
    ///
    /// # Errors
    /// It is no template.
    pub fn of(body: Value) -> Result<Self, TemplateError> {
        parse::whole(Format::Json, body)
    }

    /// A section's members; none if the template has no such section.
    pub fn section(&self, name: &str) -> impl Iterator<Item = (&str, &Value)> {
        let members = self.body.get(name).and_then(Value::as_object);
        members.into_iter().flatten().map(|(name, value)| (name.as_str(), value))
    }

    /// The resources. An entry that no transform has expanded yet is none; see [`Template::unexpanded`].
    pub fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        self.section("Resources").filter_map(|(logical_id, value)| resource(logical_id, value))
    }

    /// A resource by its logical id.
    pub fn resource(&self, logical_id: &str) -> Option<Resource<'_>> {
        let (logical_id, value) = self.body.get("Resources")?.as_object()?.get_key_value(logical_id)?;
        resource(logical_id, value)
    }

    /// Names under `Resources` that are no resources: loops (`Fn::ForEach::…`), macros, rests without a type.
    pub fn unexpanded(&self) -> impl Iterator<Item = &str> {
        self.section("Resources").filter(|(name, value)| resource(name, value).is_none()).map(|(name, _)| name)
    }

    /// A parameter by its name.
    pub fn parameter(&self, name: &str) -> Option<Parameter<'_>> {
        Some(parameter(self.body.get("Parameters")?.get(name)?))
    }

    /// The parameters.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, Parameter<'_>)> {
        self.section("Parameters").map(|(name, value)| (name, parameter(value)))
    }

    /// A condition by its name.
    pub fn condition(&self, name: &str) -> Option<&Value> {
        self.body.get("Conditions")?.get(name)
    }

    /// A mapping by its name.
    pub fn mapping(&self, name: &str) -> Option<&Map<String, Value>> {
        self.body.get("Mappings")?.get(name)?.as_object()
    }

    /// The outputs, each with its value, unresolved; `Null` if it has none.
    pub fn outputs(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.section("Outputs").map(|(name, output)| (name, output.get("Value").unwrap_or(&Value::Null)))
    }

    /// Whether macros make something else of it before it is deployed. What was deployed is told by GetTemplate with the stage
    /// `Processed`.
    pub fn has_transform(&self) -> bool {
        self.body.get("Transform").is_some() || has_macro(&self.body)
    }
}

fn resource<'t>(logical_id: &'t str, value: &'t Value) -> Option<Resource<'t>> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    Some(Resource {
        logical_id,
        resource_type: text("Type")?,
        condition: value.get("Condition").map(|name| name.as_str().unwrap_or("")),
        properties: value.get("Properties"),
        deletion_policy: text("DeletionPolicy"),
        update_replace_policy: text("UpdateReplacePolicy"),
    })
}

fn parameter(value: &Value) -> Parameter<'_> {
    let is_true = |value: &Value| value.as_bool().unwrap_or_else(|| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true")));
    Parameter {
        parameter_type: value.get("Type").and_then(Value::as_str).unwrap_or("String"),
        no_echo: value.get("NoEcho").is_some_and(is_true),
        default: value.get("Default"),
    }
}

/// Whether a macro (`Fn::Transform`) or a loop (`Fn::ForEach::…`) stands somewhere in a value.
fn has_macro(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_macro),
        Value::Object(members) => is_macro(members) || members.values().any(has_macro),
        _ => false,
    }
}

/// Whether a map is made by a macro or a loop, whatever else stands in it.
fn is_macro(members: &Map<String, Value>) -> bool {
    members.keys().any(|name| name == "Fn::Transform" || name.starts_with("Fn::ForEach::"))
}

/// The function and its argument, if a value is an intrinsic.
fn intrinsic(value: &Value) -> Option<(&str, &Value)> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    let (name, argument) = members.iter().next()?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name.as_str(), argument))
}
