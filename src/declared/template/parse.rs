//! A template's text becomes a [`Template`], or an error that says what is wrong and where.

use serde_json::{Value, json};

use super::{Format, Template, json as strict, yaml};

/// Maps and lists in one another. CloudFormation's own templates stay far below; JSON deeper than this is refused as well.
pub(super) const DEEPEST: usize = 128;

/// Why a text is no template. It names the line and never a value: that can be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{what}", place(*line, *column))]
pub struct TemplateError {
    /// The line, from 1; 0 where the whole text is meant.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
}

impl TemplateError {
    pub(super) fn at(line: usize, column: usize, what: impl Into<String>) -> Self {
        Self { line, column, what: what.into() }
    }
}

fn place(line: usize, column: usize) -> String {
    if line == 0 { String::new() } else { format!("line {line}, column {column}: ") }
}

/// Reads a text. Braces first make it JSON; what is no JSON then may still be YAML, which may begin so as well.
pub(super) fn parse(text: &str) -> Result<Template, TemplateError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(TemplateError::at(0, 0, "the template is empty"));
    }
    if text.trim_start().starts_with(['{', '[']) {
        return match strict::parse(text) {
            Ok(body) => whole(Format::Json, body),
            Err(error) => yaml::parse(text).and_then(|body| whole(Format::Yaml, body)).map_err(|_| error),
        };
    }
    whole(Format::Yaml, yaml::parse(text)?)
}

/// A template of a value, if it is one.
pub(super) fn whole(format: Format, mut body: Value) -> Result<Template, TemplateError> {
    let no = |what: &str| Err(TemplateError::at(0, 0, format!("this is no CloudFormation template: {what}")));
    let Some(sections) = body.as_object() else { return no("it is not a map of sections") };
    match sections.get("Resources") {
        None => return no("it has no `Resources`"),
        Some(Value::Object(_)) => {}
        Some(_) => return no("its `Resources` are not a map"),
    }
    if let Some(wrong) = SECTIONS.iter().find(|name| sections.get(**name).is_some_and(|value| !value.is_object() && !value.is_null())) {
        return no(&format!("its `{wrong}` are not a map"));
    }
    normalise(&mut body);
    Ok(Template { format, body })
}

/// Sections that are maps.
const SECTIONS: &[&str] = &["Parameters", "Mappings", "Conditions", "Outputs"];

/// Brings the short way to write an attribute (`"A.B.C"`) into the long one.
fn normalise(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(normalise),
        Value::Object(members) => {
            if members.len() == 1
                && let Some(argument) = members.get_mut("Fn::GetAtt")
                && let Some((id, attribute)) = argument.as_str().and_then(|text| text.split_once('.'))
            {
                *argument = json!([id, attribute]);
            }
            members.values_mut().for_each(normalise);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Value {
        Template::parse(text).unwrap_or_else(|error| panic!("{error}")).body
    }

    fn error(text: &str) -> String {
        Template::parse(text).unwrap_err().to_string()
    }

    /// The one resource's property `P` of a template in YAML.
    fn property(text: &str) -> Value {
        let body = body(&format!("Resources:\n  A:\n    Type: T\n    Properties:\n      P: {text}\n"));
        body["Resources"]["A"]["Properties"]["P"].clone()
    }

    #[test]
    fn short_tags_become_long_functions_on_whatever_they_stand() {
        assert_eq!(property("!Ref A"), json!({"Ref": "A"}));
        assert_eq!(property("!GetAtt A.B.C"), json!({"Fn::GetAtt": ["A", "B.C"]}));
        assert_eq!(property("!GetAtt [A, Arn]"), json!({"Fn::GetAtt": ["A", "Arn"]}));
        assert_eq!(property("!Sub '${A}-x'"), json!({"Fn::Sub": "${A}-x"}));
        assert_eq!(property("!GetAZs ''"), json!({"Fn::GetAZs": ""}));
        assert_eq!(property("!Condition C"), json!({"Condition": "C"}));
        assert_eq!(
            property("!Transform {Name: Macro, Parameters: {A: 1}}"),
            json!({"Fn::Transform": {"Name": "Macro", "Parameters": {"A": 1}}})
        );
        assert_eq!(
            property("!Join ['-', [!Ref A, !Select [0, !Split [',', !ImportValue x]]]]"),
            json!({"Fn::Join": ["-", [{"Ref": "A"}, {"Fn::Select": [0, {"Fn::Split": [",", {"Fn::ImportValue": "x"}]}]}]]})
        );
        let nested = "!If\n        - C\n        - !Sub\n          - '${X}'\n          - X: !FindInMap [M, !Ref 'AWS::Region', K]\n        - !Ref AWS::NoValue";
        assert_eq!(
            property(nested),
            json!({"Fn::If": ["C", {"Fn::Sub": ["${X}", {"X": {"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "K"]}}]}, {"Ref": "AWS::NoValue"}]})
        );
        let conditions = "Conditions:\n  C: !And [!Not [!Condition D], !Or [!Equals [a, b], !Condition E]]\nResources: {}\n";
        let and = json!({"Fn::And": [{"Fn::Not": [{"Condition": "D"}]}, {"Fn::Or": [{"Fn::Equals": ["a", "b"]}, {"Condition": "E"}]}]});
        assert_eq!(body(conditions)["Conditions"]["C"], and);
        assert_eq!(property("!Rain::Embed x.yaml"), json!({"Fn::Rain::Embed": "x.yaml"}));
        assert_eq!(property("!Base64\n        Fn::Sub: a"), json!({"Fn::Base64": {"Fn::Sub": "a"}}));
        assert_eq!(property("!Ref 'A'"), json!({"Ref": "A"}));
        assert_eq!(property("!Cidr [!GetAtt V.CidrBlock, 6, 8]"), json!({"Fn::Cidr": [{"Fn::GetAtt": ["V", "CidrBlock"]}, 6, 8]}));
    }

    #[test]
    fn scalars_are_what_yaml_1_1_makes_of_them() {
        for (text, value) in [
            ("yes", json!(true)),
            ("Off", json!(false)),
            ("y", json!("y")),
            ("'yes'", json!("yes")),
            ("\"on\"", json!("on")),
            ("TRUE", json!(true)),
            ("2010-09-09", json!("2010-09-09")),
            ("2012-10-17T10:00:00Z", json!("2012-10-17T10:00:00Z")),
            ("012345670123", json!(1_402_433_619)),
            ("012345678901", json!("012345678901")),
            ("0x1F", json!(31)),
            ("1_000", json!(1000)),
            ("-7", json!(-7)),
            ("443", json!(443)),
            ("1.10", json!(1.1)),
            ("1.2.3", json!("1.2.3")),
            ("~", json!(null)),
            ("'443'", json!("443")),
            ("!!str 443", json!("443")),
            ("10.0.0.0/16", json!("10.0.0.0/16")),
            ("|\n        yes", json!("yes\n")),
            ("|-\n        443", json!("443")),
            (">- # a comment\n        yes", json!("yes")),
            ("\n        443", json!(443)),
            ("0o17", json!("0o17")),
        ] {
            assert_eq!(property(text), value, "{text}");
        }
    }

    #[test]
    fn anchors_stand_for_what_they_name() {
        let text = "Resources:\n  A:\n    Type: T\n    Properties: &p\n      X: [1, yes]\n  B:\n    Type: T\n    Properties: *p\n";
        assert_eq!(body(text)["Resources"]["B"]["Properties"], json!({"X": [1, true]}));
    }

    #[test]
    fn json_and_yaml_give_the_same() {
        let json = body(r#"{"Resources": {"A": {"Type": "T", "Properties": {"P": {"Fn::GetAtt": "B.Arn"}}}}}"#);
        assert_eq!(json, body("Resources: {A: {Type: T, Properties: {P: !GetAtt B.Arn}}}"));
        assert_eq!(Template::parse("{Resources: {A: {Type: !Ref B}}}").map(|template| template.format), Ok(Format::Yaml));
    }

    #[test]
    fn an_error_says_where_and_what() {
        assert_eq!(error("{\"Resources\": {\n\"A\": 1,\n\"A\": 2}}"), "line 3, column 1: the key `A` stands twice in its map");
        assert_eq!(error("Resources:\n  A:\n    Type: T\n  A:\n    Type: T\n"), "line 4, column 3: the key `A` stands twice in its map");
        assert!(error("{\"Resources\": {").starts_with("line 1, column 15: "), "{}", error("{\"Resources\": {"));
        assert!(error("Resources:\n  A: [1\n  B: 2\n").starts_with("line "), "{}", error("Resources:\n  A: [1\n  B: 2\n"));
        assert!(error("Resources:\n  A:\n\tB: 1\n").starts_with("line 3, "), "{}", error("Resources:\n  A:\n\tB: 1\n"));
        assert_eq!(error("Resources:\n  A: &x {B: *y}\n").split(": ").next(), Some("line 2, column 13"));
        assert!(error("Resources:\n  ? [a]\n  : b\n").contains("a key that is no text"));
        assert!(error("Resources:\n  <<: {A: 1}\n").contains("line 2, column 3: CloudFormation does not take merged maps"));
        assert!(error("Resources: {A: !!binary aaaa}").contains("line 1"));
        assert!(error("a: 1\n---\nb: 2\n").contains("more than one document"));
    }

    #[test]
    fn an_error_holds_no_value() {
        for text in ["{\"Resources\": {\"A\": hunter2", "Resources:\n  A: [hunter2\n  B: x", "Resources: hunter2"] {
            assert!(!error(text).contains("hunter2"), "{}", error(text));
        }
    }

    #[test]
    fn what_is_no_template_is_called_so() {
        for text in ["[]", "nonsense", "{}", "Resources: []", "42", "{\"Resources\": null}", "Resources:\n"] {
            assert!(error(text).contains("no CloudFormation template"), "{text}: {}", error(text));
        }
        assert_eq!(error(" \n"), "the template is empty");
        assert!(error("Resources: {}\nConditions: []").contains("`Conditions` are not a map"));
    }

    #[test]
    fn what_is_nested_absurdly_is_an_error_and_no_crash() {
        let many = 100_000;
        let open = |text: &str| text.repeat(many);
        for text in [
            format!("{{\"Resources\": {}", open("{\"a\":")),
            format!("{{\"Resources\": {}{}", open("["), open("]")),
            format!("Resources: {}", open("[")),
            format!("Resources: {}", open("{a: ")),
            format!("Resources:\n {}a", open("- ")),
            format!("Resources:\n {}a", open("? ")),
            (0..3000).map(|i| format!("{}a:\n", " ".repeat(i))).collect(),
            format!("Resources: {}", "[".repeat(250) + &"]".repeat(250)),
            format!("Resources: {}", "[".repeat(120) + &"]".repeat(120)),
        ] {
            assert!(Template::parse(&text).is_err(), "{text:.40}");
        }
        let laughs: String = (1..12).map(|i| format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(", "))).collect();
        assert!(error(&format!("a0: &a0 [x]\n{laughs}Resources: {{}}\n")).contains("line "));
    }

    #[test]
    fn parts_of_a_template_are_found() {
        let template = Template::parse(
            "Transform: AWS::Serverless-2016-10-31\nParameters:\n  P: {Type: 'AWS::SSM::Parameter::Value<List<String>>', NoEcho: 'true'}\n\
             Resources:\n  A: {Type: T, Condition: C, DeletionPolicy: Retain}\n  Fn::ForEach::Loop: [X, [a], {}]\nOutputs: {O: {Value: 1}}\n",
        )
        .unwrap();
        let parameter = template.parameter("P").unwrap();
        assert!(parameter.no_echo && parameter.is_list() && template.has_transform());
        let resource = template.resource("A").unwrap();
        assert_eq!((resource.condition, resource.deletion_policy, resource.update_replace_policy), (Some("C"), Some("Retain"), None));
        assert_eq!(template.resources().count(), 1);
        assert_eq!(template.unexpanded().collect::<Vec<_>>(), ["Fn::ForEach::Loop"]);
        assert_eq!(template.outputs().collect::<Vec<_>>(), [("O", &json!(1))]);
    }
}
