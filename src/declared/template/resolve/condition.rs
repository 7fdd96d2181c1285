//! Conditions: true, false, or not to be decided.

use serde_json::Value;

use super::gap::{Gap, cause};
use super::{Eval, Told, arguments, scalar_text};
use crate::declared::holes;

/// True or false; `Err` if that cannot be decided.
pub(super) type Verdict = Result<bool, Gap>;

impl Eval<'_> {
    /// A condition by its name.
    pub(super) fn condition(&self, name: &str, depth: usize) -> Verdict {
        match self.conditions.borrow().get(name) {
            Some(Some(verdict)) => return verdict.clone(),
            Some(None) => return Err(Gap::new(cause::DEPTH, &format!("the condition {name}, which depends on itself"))),
            None => {}
        }
        let Some(expression) = self.template.condition(name) else {
            return Err(Gap::new(cause::NAME, &format!("the condition {name}, which the template does not have")));
        };
        self.conditions.borrow_mut().insert(name.to_owned(), None);
        let verdict = self.decide(expression, depth + 1);
        self.conditions.borrow_mut().insert(name.to_owned(), Some(verdict.clone()));
        verdict
    }

    fn decide(&self, expression: &Value, depth: usize) -> Verdict {
        if depth > super::DEEPEST {
            return Err(Gap::new(cause::DEPTH, "a condition that is nested too deeply"));
        }
        if let Some(value) = expression.as_bool() {
            return Ok(value);
        }
        let function = expression.as_object().filter(|members| members.len() == 1).and_then(|members| members.iter().next());
        let Some((name, argument)) = function else { return Err(Gap::malformed("a condition", "is no function")) };
        let all = || arguments(argument).ok_or_else(|| Gap::malformed(name, "takes a list"));
        match (name.as_str(), argument) {
            ("Condition", Value::String(name)) => self.condition(name, depth),
            ("Fn::And", _) => self.first(all()?, false, depth),
            ("Fn::Or", _) => self.first(all()?, true, depth),
            ("Fn::Not", _) => match all()? {
                [one] => self.decide(one, depth + 1).map(|verdict| !verdict),
                _ => Err(Gap::malformed(name, "takes one condition")),
            },
            ("Fn::Equals", _) => match all()? {
                [one, other] => self.equals(one, other, depth),
                _ => Err(Gap::malformed(name, "takes two values")),
            },
            ("Condition" | "Ref", _) => Err(Gap::malformed("a condition", "is no function of conditions")),
            (other, _) => Err(Gap::new(&format!("unknown function {other}"), &format!("{other}, which is not known"))),
        }
    }

    /// Whether one of the conditions is what decides the matter (`false` for "and", `true` for "or"); one that cannot be decided only
    /// matters when none does.
    fn first(&self, conditions: &[Value], decisive: bool, depth: usize) -> Verdict {
        let mut open = None;
        for condition in conditions {
            match self.decide(condition, depth + 1) {
                Ok(verdict) if verdict == decisive => return Ok(decisive),
                Ok(_) => {}
                Err(gap) => open = Some(open.unwrap_or(gap)),
            }
        }
        open.map_or(Ok(!decisive), Err)
    }

    /// Values are compared as texts: `true` is `"true"`.
    fn equals(&self, one: &Value, other: &Value, depth: usize) -> Verdict {
        let mut sides = Vec::new();
        for side in [one, other] {
            let told = self.told(side, depth + 1)?;
            let Some(value) = told else { return Err(Gap::malformed("Fn::Equals", "is given AWS::NoValue")) };
            if let Some(why) = holes(&value).first() {
                return Err(Gap::new(cause::CONDITION, why));
            }
            sides.push(value);
        }
        Ok(is_same(&sides[0], &sides[1]))
    }

    /// `Fn::If`. Without a verdict the value can still be told if both are the same.
    pub(super) fn choose(&self, argument: &Value, depth: usize) -> Told {
        let Some([Value::String(name), yes, no]) = arguments(argument) else {
            return Err(Gap::malformed("Fn::If", "takes the name of a condition and two values"));
        };
        let open = match self.condition(name, depth) {
            Ok(true) => return self.told(yes, depth),
            Ok(false) => return self.told(no, depth),
            Err(gap) => gap,
        };
        match (self.told(yes, depth), self.told(no, depth)) {
            (Ok(yes), Ok(no)) if yes == no && yes.iter().all(|value| holes(value).is_empty()) => Ok(yes),
            _ => Err(Gap::new(cause::CONDITION, &format!("the condition {name} cannot be decided: {}", open.why))),
        }
    }
}

fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len() && one.iter().all(|(name, value)| other.get(name).is_some_and(|other| is_same(value, other)))
        }
        (Value::Array(_) | Value::Object(_), _) | (_, Value::Array(_) | Value::Object(_)) => false,
        _ => scalar_text(one) == scalar_text(other),
    }
}
