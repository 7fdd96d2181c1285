//! What points to something: parameters, resources, their attributes, exports, and texts with such names in them.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::gap::{Gap, cause};
use super::{Eval, LONGEST, Told, arguments};

impl Eval<'_> {
    pub(super) fn reference(&self, argument: &Value) -> Told {
        match argument {
            Value::String(name) => self.named(name),
            _ => Err(Gap::malformed("Ref", "takes a name")),
        }
    }

    /// What a name stands for: a pseudo parameter, a parameter or a resource.
    fn named(&self, name: &str) -> Told {
        let text = |text: &str| Ok(Some(Value::from(text)));
        let known = |told: Option<Value>| told.map(Some).ok_or_else(|| Gap::new(cause::PSEUDO, &format!("{name}, which is not told")));
        match name {
            "AWS::NoValue" => return Ok(None),
            "AWS::AccountId" => return text(self.world.account_id()),
            "AWS::Region" => return text(self.world.region()),
            "AWS::Partition" => return text(self.world.partition()),
            "AWS::URLSuffix" => return text(self.world.url_suffix()),
            "AWS::StackId" => return known(self.world.stack_id().map(Value::from)),
            "AWS::StackName" => return known(self.world.stack_name().map(Value::from)),
            "AWS::NotificationARNs" => return known(self.world.notification_arns().map(Value::from)),
            _ => {}
        }
        if let Some(parameter) = self.template.parameter(name) {
            let hidden = || Gap::new(cause::PARAMETER, &format!("the parameter {name}, whose value is not told"));
            let value = if parameter.no_echo { None } else { self.world.parameter(name) }.ok_or_else(hidden)?;
            return match value {
                Value::String(text) if parameter.is_list() => Ok(Some(list(&text))),
                value => Ok(Some(value)),
            };
        }
        if self.template.resource(name).is_some() {
            let missing = || Gap::new(cause::RESOURCE, &format!("{name}, which is not deployed"));
            return self.world.physical_id(name).map(|id| Some(id.into())).ok_or_else(missing);
        }
        Err(Gap::new(cause::NAME, &format!("{name}, which the template does not have")))
    }

    pub(super) fn get_att(&self, argument: &Value, depth: usize) -> Told {
        let Some([Value::String(logical_id), attribute @ ..]) = arguments(argument) else {
            return Err(Gap::malformed("Fn::GetAtt", "takes a resource and an attribute"));
        };
        let parts: Result<Vec<String>, Gap> = attribute.iter().map(|part| self.text(part, "Fn::GetAtt", depth)).collect();
        let attribute = parts?.join(".");
        if attribute.is_empty() {
            return Err(Gap::malformed("Fn::GetAtt", "takes a resource and an attribute"));
        }
        self.attribute(logical_id, &attribute)
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Told {
        let Some(resource) = self.template.resource(logical_id) else {
            return Err(Gap::new(cause::NAME, &format!("{logical_id}, which the template does not have")));
        };
        let told = self.world.attribute(logical_id, resource.resource_type, attribute);
        told.map(Some).map_err(|why| Gap::new(cause::ATTRIBUTE, &format!("{logical_id}.{attribute}: {why}")))
    }

    pub(super) fn import_value(&self, argument: &Value, depth: usize) -> Told {
        let name = self.text(argument, "Fn::ImportValue", depth)?;
        let missing = || Gap::new(cause::EXPORT, &format!("the export {name}, which is not told"));
        self.world.import(&name).map(|value| Some(value.into())).ok_or_else(missing)
    }

    pub(super) fn sub(&self, argument: &Value, depth: usize) -> Told {
        let none = Map::new();
        let (text, own) = match argument {
            Value::String(text) => (text, &none),
            Value::Array(parts) => match &parts[..] {
                [Value::String(text)] => (text, &none),
                [Value::String(text), Value::Object(own)] => (text, own),
                _ => return Err(Gap::malformed("Fn::Sub", "takes a text and a map")),
            },
            _ => return Err(Gap::malformed("Fn::Sub", "takes a text and a map")),
        };
        // Each name is looked up once: names within names would otherwise take time without end.
        let mut known: HashMap<&str, String> = HashMap::new();
        let (mut out, mut rest) = (String::new(), text.as_str());
        while let Some(start) = rest.find("${") {
            let Some(end) = rest[start..].find('}').map(|end| start + end) else { break };
            out += &rest[..start];
            let name = &rest[start + 2..end];
            rest = &rest[end + 1..];
            match name.strip_prefix('!') {
                Some(literal) => out += &format!("${{{literal}}}"),
                None => {
                    if !known.contains_key(name) {
                        known.insert(name, self.variable(name, own, depth)?);
                    }
                    out += known.get(name).map_or("", String::as_str);
                }
            }
            if out.len() > LONGEST {
                return Err(Gap::new(cause::DEPTH, "a text that grows too long"));
            }
        }
        Ok(Some((out + rest).into()))
    }

    /// What stands for a name in a text.
    fn variable(&self, name: &str, own: &Map<String, Value>, depth: usize) -> Result<String, Gap> {
        if let Some(value) = own.get(name) {
            return self.text(value, "Fn::Sub", depth + 1);
        }
        let told = match name.split_once('.') {
            Some((logical_id, attribute)) => self.attribute(logical_id, attribute)?,
            None => self.named(name)?,
        };
        let missing = || Gap::malformed("Fn::Sub", "is given AWS::NoValue");
        self.as_text(&told.ok_or_else(missing)?, "Fn::Sub")
    }
}

/// A list that is given as one text; blanks around its items do not count. An empty text is an empty list.
fn list(text: &str) -> Value {
    match text {
        "" => Value::Array(Vec::new()),
        text => text.split(',').map(|item| Value::from(item.trim())).collect(),
    }
}
