//! The outline of a template: which resources it names, and how each output's value is written: typed in, or built.
//!
//! A template is JSON, or YAML that people write by hand. Of YAML only what an outline needs is understood: sections, their entries,
//! a few members of each. Property values are looked through and never kept: they may hold secrets in the clear.

use serde_json::{Map, Value};

/// What is kept of a template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// `json` or `yaml`.
    pub format: &'static str,
    /// Outputs: the name, and the value with `${…}` for each part that is not typed in.
    pub outputs: Vec<(String, String)>,
    /// Resources: the logical id and the type.
    pub resources: Vec<(String, String)>,
}

/// The outline of a template's text; `None` if it is no template.
pub fn outline(text: &str) -> Option<Outline> {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(template)) => Some(of_json(&template)),
        Ok(_) => None,
        Err(_) => of_yaml(text),
    }
}

fn of_json(template: &Map<String, Value>) -> Outline {
    let section = |name: &str| template.get(name).and_then(Value::as_object).into_iter().flatten();
    let value = |(name, output): (&String, &Value)| Some((name.clone(), expression(output.get("Value")?)));
    let resource = |(name, resource): (&String, &Value)| Some((name.clone(), resource.get("Type")?.as_str()?.to_owned()));
    Outline {
        format: "json",
        outputs: section("Outputs").filter_map(value).collect(),
        resources: section("Resources").filter_map(resource).collect(),
    }
}

/// A value as text, with `${…}` in place of what is not typed in.
fn expression(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(expression).collect::<Vec<_>>().join(", "),
        Value::Object(members) => match members.iter().next() {
            Some((function, argument)) if members.len() == 1 => function_text(function, argument),
            _ => "${…}".to_owned(),
        },
        other => other.to_string(),
    }
}

fn function_text(function: &str, argument: &Value) -> String {
    let variable = |name: &str| format!("${{{name}}}");
    match (function, argument) {
        ("Ref", Value::String(name)) => variable(name),
        ("Fn::GetAtt", Value::String(name)) => variable(name),
        ("Fn::GetAtt", Value::Array(path)) => variable(&path.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(".")),
        ("Fn::Sub", Value::String(text)) => text.clone(),
        ("Fn::Sub", Value::Array(items)) => match &items[..] {
            [Value::String(text), Value::Object(names)] => {
                names.iter().fold(text.clone(), |text, (name, value)| text.replace(&variable(name), &expression(value)))
            }
            _ => variable("Fn::Sub"),
        },
        ("Fn::Join", Value::Array(items)) => match &items[..] {
            [Value::String(between), Value::Array(parts)] => parts.iter().map(expression).collect::<Vec<_>>().join(between),
            _ => variable("Fn::Join"),
        },
        // Which of the two it is, a parameter decides; either may be typed in.
        ("Fn::If", Value::Array(items)) => items.iter().skip(1).map(expression).collect::<Vec<_>>().join(" | "),
        _ => variable(function),
    }
}

// ---------------------------------------------------------------- YAML

/// A line: how far it is indented, and its text without that.
type Line<'t> = (usize, &'t str);

fn of_yaml(text: &str) -> Option<Outline> {
    let lines: Vec<Line<'_>> = text
        .lines()
        .map(|line| (line.len() - line.trim_start().len(), line.trim()))
        .filter(|(_, text)| !text.is_empty() && !text.starts_with('#') && *text != "---")
        .collect();
    let resources = entries(member(&lines, "Resources")?.1);
    let of = |name: &str| member(&lines, name).map(|(_, block)| entries(block)).into_iter().flatten();
    let value = |(name, block): (&str, &[Line<'_>])| Some((name.to_owned(), yaml_expression(member(block, "Value")?)));
    let resource = |(name, block): (&str, &[Line<'_>])| Some((name.to_owned(), unquoted(member(block, "Type")?.0).to_owned()));
    Some(Outline {
        format: "yaml",
        outputs: of("Outputs").filter_map(value).collect(),
        resources: resources.into_iter().filter_map(resource).collect(),
    })
}

/// The entries of a block: each the key and the lines below it.
fn entries<'b, 't>(block: &'b [Line<'t>]) -> Vec<(&'t str, &'b [Line<'t>])> {
    let Some((depth, _)) = block.first() else { return Vec::new() };
    let starts: Vec<usize> = (0..block.len()).filter(|i| block[*i].0 == *depth).collect();
    let ends = starts.iter().skip(1).copied().chain([block.len()]);
    let entry = |(start, end): (&usize, usize)| Some((unquoted(block[*start].1.split_once(':')?.0), &block[start + 1..end]));
    starts.iter().zip(ends).filter_map(entry).collect()
}

/// A member of a block: what stands beside its key, and the lines below it.
fn member<'b, 't>(block: &'b [Line<'t>], name: &str) -> Option<(&'t str, &'b [Line<'t>])> {
    let depth = block.first()?.0;
    let is_key = |line: &Line<'_>| line.0 == depth && line.1.split_once(':').is_some_and(|(key, _)| unquoted(key) == name);
    let start = block.iter().position(is_key)?;
    // A list may stand as deep as its key.
    let is_below = |line: &Line<'_>| line.0 > depth || line.1.starts_with("- ");
    let below = block[start + 1..].iter().take_while(|line| is_below(line)).count();
    Some((block[start].1.split_once(':')?.1.trim(), &block[start + 1..start + 1 + below]))
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let bare = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    bare('"').or_else(|| bare('\'')).unwrap_or(text)
}

/// A value as text, with `${…}` for what is not typed in. Pieces of a list are put together as `Join` would, without what is between
/// them; a function's arguments are never taken for typed-in text.
fn yaml_expression((beside, below): (&str, &[Line<'_>])) -> String {
    let beside = beside.trim_matches(|c| matches!(c, '|' | '>' | '-')).trim();
    let lines = [beside].into_iter().chain(below.iter().map(|(_, text)| *text));
    lines.map(yaml_piece).collect()
}

fn yaml_piece(text: &str) -> String {
    let text = text.trim_start_matches("- ").trim();
    for (tag, long) in [("!Sub", "Fn::Sub:"), ("!Join", "Fn::Join:"), ("!If", "Fn::If:")] {
        if let Some(rest) = text.strip_prefix(tag).or_else(|| text.strip_prefix(long)) {
            return yaml_piece(rest.trim().trim_matches(|c| matches!(c, '|' | '>')));
        }
    }
    if text.starts_with('!') || text.starts_with("Ref:") || text.starts_with("Fn::") {
        return "${…}".to_owned();
    }
    if let Some(inside) = text.strip_prefix('[') {
        return inside.trim_end_matches(']').split(',').map(yaml_piece).collect();
    }
    unquoted(text.trim_end_matches(',')).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(text: &str) -> Vec<String> {
        outline(text).unwrap().outputs.into_iter().map(|(_, value)| value).collect()
    }

    #[test]
    fn json_tells_what_is_typed_in() {
        let template = r#"{"Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "hunter2"}}}, "Outputs": {
            "A": {"Value": "https://us-west-2.console.aws.amazon.com/"},
            "B": {"Value": {"Fn::Join": ["", ["arn:aws:sns:", {"Ref": "AWS::Region"}, ":x"]]}},
            "C": {"Value": {"Fn::Sub": ["${R}.example.com", {"R": "us-west-2"}]}},
            "D": {"Value": {"Fn::GetAtt": ["T", "Arn"]}},
            "E": {"Value": {"Fn::If": ["Prod", "us-east-1", {"Ref": "Where"}]}},
            "F": {"Value": {"Fn::ImportValue": "us-west-2-thing"}},
            "G": {"Value": {"Fn::Sub": "${AWS::Region}.example.com"}}}}"#;
        assert_eq!(
            outputs(template),
            [
                "https://us-west-2.console.aws.amazon.com/",
                "arn:aws:sns:${AWS::Region}:x",
                "us-west-2.example.com",
                "${T.Arn}",
                "us-east-1 | ${Where}",
                "${Fn::ImportValue}",
                "${AWS::Region}.example.com",
            ]
        );
        let told = outline(template).unwrap();
        assert_eq!(told.resources, [("T".to_owned(), "AWS::SNS::Topic".to_owned())]);
        assert!(!format!("{told:?}").contains("hunter2"));
    }

    #[test]
    fn yaml_tells_the_same() {
        let template = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  T:\n    Type: AWS::SNS::Topic\n    Properties:\n      DisplayName: hunter2\n\
            \nOutputs:\n  # Links\n  A:\n    Description: a link\n    Value: https://us-west-2.console.aws.amazon.com/\n  B:\n    Value: !Sub 'arn:aws:sns:${AWS::Region}:x'\n\
            \n  C:\n    Value: !Ref T\n  D:\n    Value: !Join ['', ['arn:aws:sns:', !Ref AWS::Region, ':x']]\n  E:\n    Value: !Join\n      - ''\n      - - 'https://'\n        - !Ref Host\n\
            \n  F:\n    Value:\n      Fn::ImportValue: us-west-2-thing\n";
        assert_eq!(
            outputs(template),
            [
                "https://us-west-2.console.aws.amazon.com/",
                "arn:aws:sns:${AWS::Region}:x",
                "${…}",
                "arn:aws:sns:${…}:x",
                "https://${…}",
                "${…}"
            ]
        );
        assert_eq!(outline(template).unwrap().resources, [("T".to_owned(), "AWS::SNS::Topic".to_owned())]);
    }

    #[test]
    fn what_is_no_template_has_no_outline() {
        assert_eq!(outline("[]"), None);
        assert_eq!(outline("nonsense"), None);
    }
}
