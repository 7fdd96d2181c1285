//! Intrinsics become values, as far as what is known of the stack allows; the rest becomes holes.
//!
//! What each function means is CloudFormation's:
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>.

mod condition;
mod function;
mod gap;
mod reference;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use self::condition::Verdict;
use self::gap::{Gap, cause};
use super::{Resource, Template, intrinsic, is_macro};
use crate::declared::{hole, is_hole};

/// What is known of a stack and of where it lives. What is not known is `None`, and becomes a hole.
pub trait World {
    /// The account, twelve digits.
    fn account_id(&self) -> &str;
    /// The region of the stack.
    fn region(&self) -> &str;
    /// The partition: `aws`, `aws-cn`, …
    fn partition(&self) -> &str;
    /// How names of hosts end: `amazonaws.com`, `amazonaws.com.cn`, …
    fn url_suffix(&self) -> &str;
    /// ARN of the stack.
    fn stack_id(&self) -> Option<&str>;
    /// Name of the stack.
    fn stack_name(&self) -> Option<&str>;
    /// ARNs of the topics to which the stack tells what happens.
    fn notification_arns(&self) -> Option<Vec<String>>;
    /// A parameter's value as the stack has it: a text, or a list of texts; of one of Systems Manager, what it was resolved to.
    /// `None` if it is not told: hidden, or redacted.
    fn parameter(&self, name: &str) -> Option<Value>;
    /// What `Ref` of a resource gives.
    fn physical_id(&self, logical_id: &str) -> Option<String>;
    /// What `Fn::GetAtt` gives; `Err` says why not, in few words. A nested stack's attributes are `Outputs.X`.
    fn attribute(&self, logical_id: &str, resource_type: &str, attribute: &str) -> Result<Value, String>;
    /// What is exported under a name in the account and region.
    fn import(&self, export: &str) -> Option<String>;
    /// The availability zones that `Fn::GetAZs` gives for a region, in its order.
    fn availability_zones(&self, region: &str) -> Option<Vec<String>>;
}

/// Whether a template means a resource to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exists {
    /// It does.
    Yes,
    /// Its condition is false.
    No,
    /// Its condition cannot be decided: why.
    Unknown(String),
}

/// A resource as a template declares it.
#[derive(Debug, Clone)]
pub struct Declared {
    /// Name in the template.
    pub logical_id: String,
    /// Type (`AWS::S3::Bucket`).
    pub resource_type: String,
    /// Its properties, a map, resolved; what cannot be is a hole. All of it is one if a macro makes it. An empty map if it does not
    /// exist. A hole from a condition that cannot be decided may stand for a property, or an item of a list, that is not there.
    pub properties: Value,
    /// Whether it is meant to be there.
    pub exists: Exists,
    /// What happens to it with its stack (`Retain`, …); '' if the template does not say.
    pub deletion_policy: String,
    /// What became of the expressions in its properties.
    pub counts: Counts,
}

/// How many expressions could be resolved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Expressions that have a value.
    pub resolved: u64,
    /// Expressions that are holes, by cause (`parameter that is not told`, `unknown function Fn::X`). One around another counts as well.
    pub unresolved: BTreeMap<String, u64>,
}

impl Counts {
    /// Adds others to these.
    pub fn add(&mut self, others: &Self) {
        self.resolved += others.resolved;
        for (cause, count) in &others.unresolved {
            *self.unresolved.entry(cause.clone()).or_default() += count;
        }
    }

    /// How many are holes.
    pub fn unresolved_total(&self) -> u64 {
        self.unresolved.values().sum()
    }
}

/// The resources of a template, in its order, resolved.
pub fn resolve(template: &Template, world: &dyn World) -> Vec<Declared> {
    let eval = Eval::new(template, world);
    template.resources().map(|resource| eval.declared(&resource)).collect()
}

/// An output as a template declares it.
#[derive(Debug, Clone)]
pub struct Output {
    /// Name in the template.
    pub name: String,
    /// Its value, resolved; what cannot be is a hole. `Null` if it does not exist or has none.
    pub value: Value,
    /// Whether it is meant to be there.
    pub exists: Exists,
    /// What became of the expressions in its value.
    pub counts: Counts,
}

/// The outputs of a template, in its order, resolved.
pub fn outputs(template: &Template, world: &dyn World) -> Vec<Output> {
    let eval = Eval::new(template, world);
    let output = |(name, output): (&str, &Value)| {
        let exists = eval.exists(output.get("Condition").map(|name| name.as_str().unwrap_or("")));
        eval.counts.take();
        let value = output.get("Value").filter(|_| exists != Exists::No).and_then(|value| eval.value(value, 0));
        Output { name: name.to_owned(), value: value.unwrap_or(Value::Null), exists, counts: eval.counts.take() }
    };
    template.section("Outputs").map(output).collect()
}

/// How deep values and conditions may lead into one another.
const DEEPEST: usize = 256;

/// Bytes that a text may have; a whole template has at most as many.
const LONGEST: usize = 1 << 20;

/// What a template may be expanded to in all: bytes of texts, and places of lists. Far above the largest that CloudFormation takes.
const MOST_WORK: usize = 1 << 26;

/// What an item of a list is counted as, its text apart.
const ITEM: usize = 64;

/// What begins a dynamic reference, which CloudFormation looks up when it deploys: it is mostly a secret, and never resolved here.
const DYNAMIC: &str = "{{resolve:";

/// A value, or `None` for `AWS::NoValue`.
type Told = Result<Option<Value>, Gap>;

struct Eval<'a> {
    template: &'a Template,
    world: &'a dyn World,
    /// Conditions by name; `None` for one that is being decided.
    conditions: RefCell<HashMap<String, Option<Verdict>>>,
    /// The cause of each hole by what it says.
    causes: RefCell<HashMap<String, String>>,
    counts: RefCell<Counts>,
    /// What was made so far, of [`MOST_WORK`].
    work: Cell<usize>,
}

impl<'a> Eval<'a> {
    fn new(template: &'a Template, world: &'a dyn World) -> Self {
        let (conditions, causes, counts) = (RefCell::default(), RefCell::default(), RefCell::default());
        Self { template, world, conditions, causes, counts, work: Cell::new(0) }
    }
}

impl Eval<'_> {
    /// Whether what has this condition is meant to be there.
    fn exists(&self, condition: Option<&str>) -> Exists {
        match condition.map(|name| self.condition(name, 0)) {
            None | Some(Ok(true)) => Exists::Yes,
            Some(Ok(false)) => Exists::No,
            Some(Err(gap)) => Exists::Unknown(gap.why),
        }
    }

    fn declared(&self, resource: &Resource<'_>) -> Declared {
        let exists = self.exists(resource.condition);
        self.counts.take();
        let properties = match (&exists, resource.properties) {
            (Exists::No, _) | (_, None) => None,
            (_, Some(properties)) => self.value(properties, 0),
        };
        Declared {
            logical_id: resource.logical_id.to_owned(),
            resource_type: resource.resource_type.to_owned(),
            properties: properties.unwrap_or_else(|| Value::Object(Map::new())),
            exists,
            deletion_policy: resource.deletion_policy.unwrap_or("").to_owned(),
            counts: self.counts.take(),
        }
    }

    /// A value with holes in it where something cannot be told.
    fn value(&self, value: &Value, depth: usize) -> Option<Value> {
        self.told(value, depth).unwrap_or_else(|gap| Some(self.embed(gap)))
    }

    /// A value; `Err` if all of it cannot be told.
    fn told(&self, value: &Value, depth: usize) -> Told {
        if depth > DEEPEST {
            return Err(self.counted(Gap::new(cause::DEPTH, "an expression that is nested too deeply")));
        }
        self.spend(1 + value.as_str().map_or(0, str::len)).map_err(|gap| self.counted(gap))?;
        match value {
            Value::String(text) if text.contains(DYNAMIC) => Err(self.counted(dynamic())),
            Value::Array(items) => Ok(Some(items.iter().filter_map(|item| self.value(item, depth + 1)).collect())),
            Value::Object(members) if is_macro(members) => Err(self.counted(Gap::new(cause::MACRO, "a macro makes it"))),
            Value::Object(members) => match intrinsic(value) {
                Some((name, argument)) => self.function(name, argument, depth + 1),
                None => {
                    let members = members.iter().filter_map(|(name, value)| Some((name.clone(), self.value(value, depth + 1)?)));
                    Ok(Some(Value::Object(members.collect())))
                }
            },
            other => Ok(Some(other.clone())),
        }
    }

    fn function(&self, name: &str, argument: &Value, depth: usize) -> Told {
        let told = match name {
            "Ref" => self.reference(argument),
            "Fn::GetAtt" => self.get_att(argument, depth),
            "Fn::Sub" => self.sub(argument, depth),
            "Fn::ImportValue" => self.import_value(argument, depth),
            "Fn::If" => self.choose(argument, depth),
            "Fn::Join" => self.join(argument, depth),
            "Fn::Select" => self.select(argument, depth),
            "Fn::Split" => self.split(argument, depth),
            "Fn::FindInMap" => self.find_in_map(argument, depth),
            "Fn::Base64" => self.base64(argument, depth),
            "Fn::Cidr" => self.cidr(argument, depth),
            "Fn::GetAZs" => self.get_azs(argument, depth),
            "Fn::Length" => self.length(argument, depth),
            "Fn::ToJsonString" => self.to_json_string(argument, depth),
            other => Err(Gap::new(&format!("unknown function {other}"), &format!("{other}, which is not known"))),
        };
        // A reference may be put together of pieces.
        let told = told.and_then(|told| match &told {
            Some(Value::String(text)) if text.contains(DYNAMIC) => Err(dynamic()),
            Some(Value::String(text)) if text.len() > LONGEST => Err(Gap::new(cause::DEPTH, "a text that grows too long")),
            Some(Value::String(text)) => self.spend(text.len()).map(|()| told),
            Some(Value::Array(items)) => self.spend(items.len() * ITEM).map(|()| told),
            _ => Ok(told),
        });
        match told {
            Ok(told) => {
                self.counts.borrow_mut().resolved += 1;
                Ok(told)
            }
            Err(gap) => Err(self.counted(gap)),
        }
    }

    /// Counts what is made. A text of a few hundred bytes can ask for more than any memory holds: functions within functions double it.
    fn spend(&self, work: usize) -> Result<(), Gap> {
        self.work.set(self.work.get().saturating_add(work));
        if self.work.get() > MOST_WORK { Err(Gap::new(cause::DEPTH, "a template that grows too large")) } else { Ok(()) }
    }

    fn counted(&self, gap: Gap) -> Gap {
        *self.counts.borrow_mut().unresolved.entry(gap.cause.clone()).or_default() += 1;
        gap
    }

    /// A hole that remembers its cause.
    fn embed(&self, gap: Gap) -> Value {
        let value = hole(&gap.why);
        self.causes.borrow_mut().insert(gap.why, gap.cause);
        value
    }

    /// The gap of which a hole was made.
    fn gap_in(&self, value: &Value) -> Option<Gap> {
        let why = is_hole(value)?;
        let cause = self.causes.borrow().get(why).cloned().unwrap_or_else(|| cause::OTHER.to_owned());
        Some(Gap { cause, why: why.to_owned() })
    }

    /// An argument as a text: texts, numbers and booleans are some.
    fn text(&self, value: &Value, function: &str, depth: usize) -> Result<String, Gap> {
        match self.told(value, depth)? {
            Some(value) => self.as_text(&value, function),
            None => Err(Gap::malformed(function, "is given AWS::NoValue")),
        }
    }

    fn as_text(&self, value: &Value, function: &str) -> Result<String, Gap> {
        match value {
            Value::Null | Value::Array(_) | Value::Object(_) => {
                Err(self.gap_in(value).unwrap_or_else(|| Gap::malformed(function, "is given no text where it takes one")))
            }
            scalar => Ok(scalar_text(scalar)),
        }
    }

    /// An argument as a list, each item told or not.
    fn items(&self, value: &Value, function: &str, depth: usize) -> Result<Vec<Result<Value, Gap>>, Gap> {
        let told = match value {
            Value::Array(items) => items.iter().filter_map(|item| self.told(item, depth + 1).transpose()).collect(),
            _ => match self.told(value, depth)? {
                Some(Value::Array(items)) => items.into_iter().map(Ok).collect(),
                Some(other) => {
                    return Err(self.gap_in(&other).unwrap_or_else(|| Gap::malformed(function, "is given no list where it takes one")));
                }
                None => return Err(Gap::malformed(function, "is given AWS::NoValue")),
            },
        };
        let told: Vec<Result<Value, Gap>> = told;
        Ok(told.into_iter().map(|item| item.and_then(|item| self.gap_in(&item).map_or(Ok(item), Err))).collect())
    }
}

fn dynamic() -> Gap {
    Gap::new(cause::DYNAMIC, "a dynamic reference, which only CloudFormation looks up")
}

/// A text, a number or a boolean as CloudFormation puts it into texts; '' for others.
fn scalar_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => String::new(),
    }
}

/// A list of arguments; `None` if it is no literal list.
fn arguments(value: &Value) -> Option<&[Value]> {
    value.as_array().map(Vec::as_slice)
}
