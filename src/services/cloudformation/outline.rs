//! The outline of a template: which resources it names, and how each output's value is written: typed in, or built.

use serde_json::Value;

use crate::declared::template::Template;

/// Bytes of an expression that are still worth reading; an output's value has at most 1024.
const LONGEST: usize = 64 << 10;

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

/// The outline of a template.
pub fn outline(template: &Template) -> Outline {
    let output = |(name, value): (&str, &Value)| (!value.is_null()).then(|| (name.to_owned(), expression(value)));
    Outline {
        format: template.format.as_str(),
        outputs: template.outputs().filter_map(output).collect(),
        resources: template.resources().map(|resource| (resource.logical_id.to_owned(), resource.resource_type.to_owned())).collect(),
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
                let filled = names.iter().fold(text.clone(), |text, (name, value)| text.replace(&variable(name), &expression(value)));
                // Names within names can double it again and again.
                if filled.len() > LONGEST { variable("Fn::Sub") } else { filled }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(text: &str) -> Vec<String> {
        outline(&Template::parse(text).unwrap()).outputs.into_iter().map(|(_, value)| value).collect()
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
        let told = outline(&Template::parse(template).unwrap());
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
                "${T}",
                "arn:aws:sns:${AWS::Region}:x",
                "https://${Host}",
                "${Fn::ImportValue}"
            ]
        );
        assert_eq!(outline(&Template::parse(template).unwrap()).resources, [("T".to_owned(), "AWS::SNS::Topic".to_owned())]);
    }
}
