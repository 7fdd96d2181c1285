//! YAML with CloudFormation's short tags becomes JSON.
//!
//! The reader of YAML speaks version 1.2 and CloudFormation 1.1, so words without quotes are looked up in the text and understood here.

use std::thread;

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, Tag, YamlData};
use serde_json::{Map, Value, json};

use super::parse::{DEEPEST, TemplateError};
use super::scalar::plain;

/// How deep blocks may stand in one another before the reader of YAML is asked, which calls itself for each.
const MOST_BLOCKS: usize = 512;

/// Stack for that reader: its blocks as above, and 255 brackets.
const STACK: usize = 64 << 20;

/// Reads YAML.
pub(super) fn parse(text: &str) -> Result<Value, TemplateError> {
    if let Some(line) = too_deep(text) {
        return Err(TemplateError::at(line, 1, "this is nested too deeply"));
    }
    thread::scope(|scope| {
        let reader = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || load(text));
        match reader.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(read)) => read,
            _ => Err(TemplateError::at(0, 0, "the reader of YAML failed on this text")),
        }
    })
}

fn load(text: &str) -> Result<Value, TemplateError> {
    let reader = Reader { text: text.chars().collect() };
    let documents = MarkedYaml::load_from_str(text).map_err(|error| {
        let at = error.marker();
        let what = match error.info() {
            "duplicated key in mapping" => format!("the key `{}` stands twice in its map", reader.key(at.index())),
            info => info.to_owned(),
        };
        TemplateError::at(at.line(), at.col() + 1, what)
    })?;
    match &documents[..] {
        [document] => reader.value(document, 0),
        [] => Err(TemplateError::at(0, 0, "the template is empty")),
        _ => Err(TemplateError::at(0, 0, "the text has more than one document")),
    }
}

/// The line in which blocks stand too deep in one another, if there is one. It counts too many rather than too few: each line's
/// indentation, and each indicator in it, may open blocks.
fn too_deep(text: &str) -> Option<usize> {
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut depth = 0;
    for (i, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if line.trim().is_empty() {
            continue;
        }
        while let Some((_, blocks)) = open.pop_if(|(column, _)| *column >= indent) {
            depth -= blocks;
        }
        let blocks = 2 + line.split_whitespace().filter(|word| matches!(*word, "-" | "?" | ":")).count();
        open.push((indent, blocks));
        depth += blocks;
        if depth > MOST_BLOCKS {
            return Some(i + 1);
        }
    }
    None
}

struct Reader {
    text: Vec<char>,
}

impl Reader {
    /// The key that begins at a character.
    fn key(&self, start: usize) -> String {
        let rest = self.text.get(start..).into_iter().flatten();
        let key: String = rest.take_while(|c| !matches!(c, ':' | '\n')).collect();
        key.trim().trim_matches(['"', '\'']).to_owned()
    }

    /// What was written in the place of a scalar; `None` behind an alias or a tag, where the place is another's.
    fn written(&self, node: &MarkedYaml<'_>) -> Option<String> {
        let written: String = self.text.get(node.span.start.index()..node.span.end.index())?.iter().collect();
        let written = written.trim();
        (!written.starts_with(['*', '!'])).then(|| written.to_owned())
    }

    fn wrong(&self, node: &MarkedYaml<'_>, what: &str) -> TemplateError {
        TemplateError::at(node.span.start.line(), node.span.start.col() + 1, what)
    }

    fn value(&self, node: &MarkedYaml<'_>, depth: usize) -> Result<Value, TemplateError> {
        if depth > DEEPEST {
            return Err(self.wrong(node, "this is nested too deeply"));
        }
        match &node.data {
            YamlData::Value(scalar) => Ok(self.scalar(node, scalar)),
            YamlData::Sequence(items) => items.iter().map(|item| self.value(item, depth + 1)).collect(),
            YamlData::Mapping(members) => {
                let mut map = Map::new();
                for (key, value) in members {
                    let name = self.name(key)?;
                    let is_there = map.insert(name.clone(), self.value(value, depth + 1)?).is_some();
                    if is_there {
                        return Err(self.wrong(key, &format!("the key `{name}` stands twice in its map")));
                    }
                }
                Ok(map.into())
            }
            YamlData::Tagged(tag, inner) => self.tagged(node, tag, inner, depth),
            YamlData::Alias(_) => Err(self.wrong(node, "an alias of nothing")),
            YamlData::BadValue | YamlData::Representation(..) => Err(self.wrong(node, "a value that cannot be read")),
        }
    }

    /// Whether a scalar is a block (`|`, `>`), of which only the lines below its sign are its place.
    fn is_block(&self, node: &MarkedYaml<'_>) -> bool {
        let before = self.text.get(..node.span.start.index()).into_iter().flatten().rev().copied();
        let mut before = before.skip_while(|c| *c == ' ');
        if before.next() != Some('\n') {
            return false;
        }
        let backwards: Vec<char> = before.skip_while(|c| c.is_whitespace()).take_while(|c| *c != '\n').collect();
        let above: String = backwards.into_iter().rev().collect();
        let sign = above.split(" #").next().unwrap_or("").split_whitespace().next_back().unwrap_or("");
        sign.starts_with(['|', '>'])
    }

    /// A scalar as YAML 1.1 has it. What is written as it is meant had no quotes.
    fn scalar(&self, node: &MarkedYaml<'_>, scalar: &Scalar<'_>) -> Value {
        let written = self.written(node);
        match (scalar, written) {
            (Scalar::String(text), Some(written)) if *text == written => match plain(&written) {
                value if value.is_string() || !self.is_block(node) => value,
                _ => written.into(),
            },
            (Scalar::String(text), _) => text.as_ref().into(),
            (Scalar::Null, _) => Value::Null,
            (_, Some(written)) => plain(&written),
            (Scalar::Boolean(value), None) => (*value).into(),
            (Scalar::Integer(value), None) => (*value).into(),
            (Scalar::FloatingPoint(value), None) => json!(value.into_inner()),
        }
    }

    /// A key: what was written, whatever it looks like (an account's number stays as it is).
    fn name(&self, key: &MarkedYaml<'_>) -> Result<String, TemplateError> {
        let name = match &key.data {
            YamlData::Value(Scalar::String(text)) => text.clone().into_owned(),
            YamlData::Value(_) => self.written(key).ok_or_else(|| self.wrong(key, "a key that is no text"))?,
            _ => return Err(self.wrong(key, "a key that is no text")),
        };
        match name.as_str() {
            "<<" => Err(self.wrong(key, "CloudFormation does not take merged maps (`<<`); write their members out")),
            _ => Ok(name),
        }
    }

    fn tagged(&self, node: &MarkedYaml<'_>, tag: &Tag, inner: &MarkedYaml<'_>, depth: usize) -> Result<Value, TemplateError> {
        if tag.handle != "!" {
            return Err(self.wrong(node, "a tag that CloudFormation does not have"));
        }
        // What a function takes without brackets is a name or a text, even if it looks like a number.
        let argument = match &inner.data {
            YamlData::Value(Scalar::String(text)) => text.as_ref().into(),
            YamlData::Value(Scalar::Null) => "".into(),
            YamlData::Value(scalar) => match self.written(node) {
                Some(written) => written.into(),
                None => self.scalar(inner, scalar),
            },
            _ => self.value(inner, depth + 1)?,
        };
        let function = match tag.suffix.as_str() {
            name @ ("Ref" | "Condition") => name.to_owned(),
            name => format!("Fn::{name}"),
        };
        Ok(json!({ function: argument }))
    }
}
