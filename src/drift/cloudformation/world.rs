//! What a template's expressions may ask: the stack's parameters, what it made, what those things are like, and what others export.

use std::cell::RefCell;
use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension};
use serde_json::Value;

use super::super::shape::shape;
use super::super::source::Desk;
use super::super::wanted::one_of;
use super::Stack;
use crate::declared::template::{Template, World};
use crate::inventory::kind::{Kind, Words};

/// What a stack made of a logical id.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) physical_id: String,
    pub(crate) resource_type: String,
}

/// A stack, as its template sees it.
pub(super) struct StackWorld<'w> {
    found: &'w Connection,
    stack: &'w Stack,
    template: &'w Template,
    partition: String,
    made: BTreeMap<String, Made>,
    kinds: BTreeMap<String, Vec<&'static Kind>>,
    /// The first error of the snapshot: a template's question has no room for it.
    broken: RefCell<Option<rusqlite::Error>>,
}

impl<'w> StackWorld<'w> {
    pub(super) fn new(desk: &Desk<'w>, stack: &'w Stack, template: &'w Template) -> rusqlite::Result<Self> {
        let sql = "select logical_id, physical_id, resource_type from aws_cloudformation_stack_resource
            where arn = ?1 and account_id = ?2 and physical_id <> '' and coalesce(resource_status, '') <> 'DELETE_COMPLETE'";
        let made = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, Made { physical_id: row.get(1)?, resource_type: row.get(2)? }));
        let made: BTreeMap<String, Made> =
            desk.found.prepare_cached(sql)?.query_map([&stack.arn, &stack.account], made)?.collect::<rusqlite::Result<_>>()?;
        let kinds =
            made.values().map(|made| (made.resource_type.clone(), desk.kinds_of(Words::CloudFormation, &made.resource_type).to_vec()));
        let partition = stack.arn.split(':').nth(1).unwrap_or("aws").to_owned();
        Ok(Self { found: desk.found, stack, template, partition, kinds: kinds.collect(), made, broken: RefCell::new(None) })
    }

    /// The error that came up while the template was resolved.
    pub(super) fn finish(&self) -> rusqlite::Result<()> {
        self.broken.borrow_mut().take().map_or(Ok(()), Err)
    }

    pub(super) fn into_physical(self) -> BTreeMap<String, Made> {
        self.made
    }

    fn ask<T>(&self, result: rusqlite::Result<Option<T>>) -> Option<T> {
        result.unwrap_or_else(|error| {
            self.broken.borrow_mut().get_or_insert(error);
            None
        })
    }

    fn texts(&self, sql: &str, values: &[&str]) -> Option<String> {
        let ask = || self.found.prepare_cached(sql)?.query_row(rusqlite::params_from_iter(values), |row| row.get(0)).optional();
        // A value that sounds like a secret's was never kept.
        self.ask(ask()).filter(|text: &String| text != REDACTED)
    }

    fn column(&self, kind: &Kind, physical_id: &str, column: &str) -> Option<Value> {
        let (by, rule) = kind.id.iter().find(|(_, rule)| rule.cf.0.iter().any(|path| path == "@"))?;
        let own = Value::from(physical_id);
        let own = rule.shape.as_deref().map_or_else(|| own.clone(), |name| shape(name, &own));
        let expression = if column.starts_with('(') { column.to_owned() } else { format!("it.\"{column}\"") };
        let place = (self.stack.account.as_str(), self.stack.region.as_str());
        let name = own.as_str().unwrap_or(physical_id);
        self.ask(one_of(self.found, &kind.table, (by, name), &expression, place).map(Result::ok))
    }
}

/// What stands where a value was not kept.
const REDACTED: &str = "[redacted]";

impl World for StackWorld<'_> {
    fn account_id(&self) -> &str {
        &self.stack.account
    }

    fn region(&self) -> &str {
        &self.stack.region
    }

    fn partition(&self) -> &str {
        &self.partition
    }

    fn url_suffix(&self) -> &str {
        if self.partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" }
    }

    fn stack_id(&self) -> Option<&str> {
        Some(&self.stack.arn)
    }

    fn stack_name(&self) -> Option<&str> {
        Some(&self.stack.name)
    }

    fn notification_arns(&self) -> Option<Vec<String>> {
        None
    }

    fn parameter(&self, name: &str) -> Option<Value> {
        // Of one of Systems Manager the stack's own value is only the name under which the value is.
        let is_name = self.template.parameter(name).is_some_and(|of| of.parameter_type.starts_with("AWS::SSM::Parameter::Value"));
        let given = || self.stack.parameters.get(name).filter(|_| !is_name);
        let value = self.stack.resolved.get(name).or_else(given)?;
        // AWS hides a NoEcho parameter behind asterisks.
        let is_hidden = value.as_str().is_some_and(|text| text == REDACTED || (text.len() >= 4 && text.bytes().all(|byte| byte == b'*')));
        (!is_hidden).then(|| value.clone())
    }

    fn physical_id(&self, logical_id: &str) -> Option<String> {
        self.made.get(logical_id).map(|made| made.physical_id.clone())
    }

    fn attribute(&self, logical_id: &str, resource_type: &str, attribute: &str) -> Result<Value, String> {
        let made = self.made.get(logical_id).ok_or_else(|| format!("{logical_id} is not deployed"))?;
        if let Some(output) = attribute.strip_prefix("Outputs.") {
            let sql = "select value from aws_cloudformation_stack_output where arn = ?1 and output_key = ?2 and account_id = ?3";
            let told = self.texts(sql, &[&made.physical_id, output, &self.stack.account]);
            return told.map(Value::from).ok_or_else(|| format!("{logical_id} has no output {output} that is known"));
        }
        let kinds = self.kinds.get(resource_type).map_or(&[][..], Vec::as_slice);
        let column = |kind: &&Kind| match kind.attributes.get(attribute) {
            Some(column) => Some(column.clone()),
            None => matches!(attribute, "Arn" | "ARN").then(|| "arn".to_owned()),
        };
        let (kind, column) =
            kinds.iter().find_map(|kind| Some((kind, column(kind)?))).ok_or_else(|| format!("GetAtt {attribute} of {resource_type}"))?;
        self.column(kind, &made.physical_id, &column).ok_or_else(|| format!("GetAtt {attribute} of {resource_type} that was not read"))
    }

    fn import(&self, export: &str) -> Option<String> {
        let sql = "select value from aws_cloudformation_stack_output where export_name = ?1 and account_id = ?2 and region = ?3";
        self.texts(sql, &[export, &self.stack.account, &self.stack.region])
    }

    fn availability_zones(&self, region: &str) -> Option<Vec<String>> {
        let sql =
            "select name from aws_availability_zone where account_id = ?1 and region = ?2 and zone_type = 'availability-zone' order by 1";
        let ask = || -> rusqlite::Result<Vec<String>> {
            self.found.prepare_cached(sql)?.query_map([&self.stack.account, region], |row| row.get(0))?.collect()
        };
        self.ask(ask().map(Some)).filter(|zones| !zones.is_empty())
    }
}
