//! Each intrinsic against a stack of which everything, or nothing, is known.

use serde_json::json;

use super::*;
use crate::declared::holes;

/// A stack in the tests' account.
#[derive(Default)]
struct Stack {
    parameters: Vec<(&'static str, Value)>,
    is_deployed: bool,
}

impl World for Stack {
    fn account_id(&self) -> &str {
        "111122223333"
    }
    fn region(&self) -> &str {
        "eu-west-1"
    }
    fn partition(&self) -> &str {
        "aws"
    }
    fn url_suffix(&self) -> &str {
        "amazonaws.com"
    }
    fn stack_id(&self) -> Option<&str> {
        self.is_deployed.then_some("arn:stack")
    }
    fn stack_name(&self) -> Option<&str> {
        self.is_deployed.then_some("pay")
    }
    fn notification_arns(&self) -> Option<Vec<String>> {
        self.is_deployed.then(|| vec!["arn:topic".to_owned()])
    }
    fn parameter(&self, name: &str) -> Option<Value> {
        self.parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    }
    fn physical_id(&self, logical_id: &str) -> Option<String> {
        self.is_deployed.then(|| format!("id-{logical_id}"))
    }
    fn attribute(&self, logical_id: &str, resource_type: &str, attribute: &str) -> Result<Value, String> {
        if self.is_deployed { Ok(format!("{resource_type}/{logical_id}/{attribute}").into()) } else { Err("not read".to_owned()) }
    }
    fn import(&self, export: &str) -> Option<String> {
        (export == "pay-Vpc").then(|| "vpc-1".to_owned())
    }
    fn availability_zones(&self, region: &str) -> Option<Vec<String>> {
        (region == "eu-west-1").then(|| vec!["eu-west-1a".to_owned(), "eu-west-1b".to_owned()])
    }
}

const SECTIONS: &str = "
Parameters:
  Stage: {Type: String}
  Zones: {Type: CommaDelimitedList}
  Image: {Type: 'AWS::SSM::Parameter::Value<String>'}
  Images: {Type: 'AWS::SSM::Parameter::Value<List<String>>'}
  Hidden: {Type: String, NoEcho: true}
  Untold: {Type: String}
Mappings:
  M:
    eu-west-1: {Size: small, Zones: [a, b]}
    '111122223333': {Size: 7}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
  Test: !Not [!Condition Prod]
  Open: !Equals [!Ref Untold, x]
  AndNo: !And [!Condition Open, !Condition Test]
  AndOpen: !And [!Condition Prod, !Condition Open]
  OrYes: !Or [!Condition Open, !Condition Prod]
  OrOpen: !Or [!Condition Test, !Condition Open]
  Round: !Not [!Condition Round2]
  Round2: !Not [!Condition Round]
  Same: !Equals [true, 'true']
  Hides: !Equals [!Ref Hidden, '']
";

fn stack() -> Stack {
    let parameters = vec![
        ("Stage", json!("prod")),
        ("Zones", json!("a, b,c")),
        ("Image", json!("ami-1")),
        ("Images", json!("ami-1,ami-2")),
        ("Hidden", json!("hunter2")),
    ];
    Stack { parameters, is_deployed: true }
}

fn declared(world: &Stack, property: &str) -> Declared {
    let text = format!("{SECTIONS}\nResources:\n  A:\n    Type: T\n    Properties:\n      P: {property}\n  B: {{Type: 'T::B'}}\n");
    let template = Template::parse(&text).unwrap_or_else(|error| panic!("{property}: {error}"));
    resolve(&template, world).swap_remove(0)
}

fn value(property: &str) -> Value {
    declared(&stack(), property).properties.get("P").cloned().unwrap_or(json!("(none)"))
}

fn why(property: &str) -> String {
    let declared = declared(&stack(), property);
    let holes = holes(&declared.properties);
    assert_eq!(holes.len(), 1, "{property}: {}", declared.properties);
    assert!(declared.counts.unresolved_total() > 0, "{property}");
    assert!(!declared.properties.to_string().contains("hunter2"), "{property}");
    holes[0].to_owned()
}

#[test]
fn references_are_followed() {
    assert_eq!(value("!Ref B"), json!("id-B"));
    assert_eq!(value("!Ref Stage"), json!("prod"));
    assert_eq!(value("!Ref Zones"), json!(["a", "b", "c"]));
    assert_eq!(value("[!Ref Image, !Select [1, !Ref Images]]"), json!(["ami-1", "ami-2"]));
    assert_eq!(value("[!Ref AWS::AccountId, !Ref AWS::NoValue, !Ref AWS::Region]"), json!(["111122223333", "eu-west-1"]));
    assert_eq!(value("[!Ref AWS::StackId, !Ref AWS::StackName, !Ref AWS::NotificationARNs]"), json!(["arn:stack", "pay", ["arn:topic"]]));
    assert_eq!(value("!Sub '${AWS::Partition}.${AWS::URLSuffix}'"), json!("aws.amazonaws.com"));
    assert_eq!(value("!Ref AWS::NoValue"), json!("(none)"));
    assert_eq!(value("!GetAtt B.Endpoint.Port"), json!("T::B/B/Endpoint.Port"));
    assert_eq!(value("!GetAtt [B, !Sub 'Outputs.${Stage}']"), json!("T::B/B/Outputs.prod"));
    assert_eq!(value("!ImportValue {'Fn::Sub': '${AWS::StackName}-Vpc'}"), json!("vpc-1"));
}

#[test]
fn texts_are_put_together() {
    assert_eq!(value("!Sub 'a-${Stage}-${B}-${B.Arn}-${!Stage}-${'"), json!("a-prod-id-B-T::B/B/Arn-${Stage}-${"));
    assert_eq!(value("!Sub ['${X}/${Stage}/${X}', {X: !FindInMap [M, !Ref AWS::Region, Size]}]"), json!("small/prod/small"));
    assert_eq!(value("!Join ['-', [a, 1, true, !Ref AWS::NoValue, !Ref Stage]]"), json!("a-1-true-prod"));
    assert_eq!(value("!Join [',', !Ref Zones]"), json!("a,b,c"));
    assert_eq!(value("!Base64 {'Fn::Sub': 'run ${Stage}'}"), json!("cnVuIHByb2Q="));
    assert_eq!(value("'Fn::ToJsonString'\n").to_string(), "\"Fn::ToJsonString\"");
    assert_eq!(value("{'Fn::ToJsonString': {A: [1, !Ref Stage], B: x}}"), json!(r#"{"A":[1,"prod"],"B":"x"}"#));
}

#[test]
fn lists_and_mappings_are_looked_into() {
    assert_eq!(value("!Select ['1', !Split ['|', 'a|b|c']]"), json!("b"));
    assert_eq!(value("!Select [0, [!Ref Stage, !Ref Untold]]"), json!("prod"));
    assert_eq!(value("!FindInMap [M, !Ref AWS::Region, Zones]"), json!(["a", "b"]));
    assert_eq!(value("!FindInMap [M, !Ref AWS::AccountId, Size]"), json!(7));
    assert_eq!(value("!FindInMap [M, nowhere, Size, {DefaultValue: !Ref Stage}]"), json!("prod"));
    assert_eq!(value("!GetAZs ''"), json!(["eu-west-1a", "eu-west-1b"]));
    assert_eq!(value("!Select [1, !GetAZs {Ref: 'AWS::Region'}]"), json!("eu-west-1b"));
    assert_eq!(value("!Length [a, b]").to_string(), "2");
    assert_eq!(value("!Cidr [10.0.0.0/16, 3, '8']"), json!(["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]));
    let six = ["192.168.0.0/27", "192.168.0.32/27", "192.168.0.64/27", "192.168.0.96/27", "192.168.0.128/27", "192.168.0.160/27"];
    assert_eq!(value("!Cidr [192.168.0.0/24, 6, 5]"), json!(six));
    assert_eq!(value("!Select [1, !Cidr ['2001:db8::/56', 2, 64]]"), json!("2001:db8:0:1::/64"));
}

#[test]
fn conditions_have_three_values() {
    let chosen = |name: &str| value(&format!("!If [{name}, yes!, no!]"));
    for (name, expected) in [("Prod", "yes!"), ("Test", "no!"), ("AndNo", "no!"), ("OrYes", "yes!"), ("Same", "yes!")] {
        assert_eq!(chosen(name), json!(expected), "{name}");
    }
    for name in ["Open", "AndOpen", "OrOpen", "Round", "Hides", "Missing"] {
        assert!(why(&format!("!If [{name}, yes!, no!]")).starts_with(&format!("the condition {name} cannot be decided: ")), "{name}");
    }
    assert_eq!(why("!If [Open, a, b]"), "the condition Open cannot be decided: the parameter Untold, whose value is not told");
    assert_eq!(value("!If [Open, !Ref Stage, prod]"), json!("prod"), "both are the same");
    assert_eq!(value("!If [Test, a, !Ref AWS::NoValue]"), json!("(none)"));
    assert_eq!(value("[!If [Test, a, !Ref 'AWS::NoValue'], b]"), json!(["b"]));
    // What may not be there moves what is behind it.
    assert!(why("!Select [1, [!If [Open, a, !Ref 'AWS::NoValue'], b, c]]").contains("Open"));
}

#[test]
fn a_resource_exists_as_its_condition_says() {
    let text = format!(
        "{SECTIONS}\nResources:\n  A: {{Type: T, Condition: Prod}}\n  B: {{Type: T, Condition: Test, Properties: {{X: !Ref Untold}}}}\n  C: {{Type: T, Condition: Open, Properties: {{X: 1}}}}\n"
    );
    let all = resolve(&Template::parse(&text).unwrap(), &stack());
    let exists: Vec<&Exists> = all.iter().map(|one| &one.exists).collect();
    assert_eq!(exists, [&Exists::Yes, &Exists::No, &Exists::Unknown("the parameter Untold, whose value is not told".to_owned())]);
    assert_eq!((&all[1].properties, all[1].counts.unresolved_total()), (&json!({}), 0));
    assert_eq!(all[2].properties, json!({"X": 1}));
    // A word that YAML takes for a boolean is no name: nobody knows what was meant.
    let text = "Conditions: {Yes: !Equals [a, b]}\nResources: {A: {Type: T, Condition: Yes}}";
    assert!(matches!(resolve(&Template::parse(text).unwrap(), &stack())[0].exists, Exists::Unknown(_)));
}

#[test]
fn what_cannot_be_told_is_a_hole_that_says_why() {
    assert_eq!(why("!Ref Hidden"), "the parameter Hidden, whose value is not told");
    assert_eq!(why("!Sub 'x-${Hidden}'"), "the parameter Hidden, whose value is not told");
    assert_eq!(why("!Join ['', [a, !ImportValue other]]"), "the export other, which is not told");
    assert_eq!(why("'{{resolve:secretsmanager:x}}'"), "a dynamic reference, which only CloudFormation looks up");
    assert_eq!(why("!Sub '{{resolve:ssm:/${Stage}}}'"), "a dynamic reference, which only CloudFormation looks up");
    assert_eq!(why("!Join [':', ['{{resolve', 'ssm:/x}}']]"), "a dynamic reference, which only CloudFormation looks up");
    assert_eq!(why("{A: 1, 'Fn::Transform': {Name: AWS::Include}}"), "a macro makes it");
    assert_eq!(why("{'Fn::Quiz': x}"), "Fn::Quiz, which is not known");
    assert_eq!(why("!Ref Nobody"), "Nobody, which the template does not have");
    assert_eq!(why("!GetAtt Nobody.Arn"), "Nobody, which the template does not have");
    assert_eq!(why("!FindInMap [M, nowhere, Size]"), "a key that the mapping M does not have");
    assert_eq!(why("!GetAZs us-east-1"), "the availability zones of us-east-1, which are not told");
    for wrong in [
        "!Select [9, [a]]", "!Select [x, [a]]", "!Join [a]", "!Join ['', [[a]]]", "!Split ['', a]", "!Cidr [10.0.0.0/16, 3, 40]",
        "!Cidr [10.0.0.0/30, 9, 1]", "!Cidr [nonsense, 1, 1]", "!If [Prod]", "!Sub [a, b, c]", "!GetAtt B", "{Ref: [a]}", "!Length x",
        "!Base64 [a]", "!FindInMap [M]", "{'Fn::ToJsonString': x}",
    ] {
        assert!(
            why(wrong).starts_with(wrong.split([' ', ':']).next().map_or("", |name| name.trim_start_matches(['!', '{'])))
                || why(wrong).starts_with("Fn::"),
            "{wrong}: {}",
            why(wrong)
        );
    }
    let nothing = Stack::default();
    for property in ["!Ref B", "!Ref AWS::StackName", "!Ref Stage", "!GetAtt B.Arn", "!Sub '${B.Arn}'"] {
        let declared = declared(&nothing, property);
        assert_eq!((holes(&declared.properties).len(), declared.counts.unresolved_total()), (1, 1), "{property}");
    }
}

#[test]
fn every_expression_is_counted_by_its_cause() {
    let counts = declared(&stack(), "[!Ref Stage, !Ref Hidden, !Sub 'a${Untold}', !Join ['', [!Ref Hidden]], {'Fn::Quiz': 1}]").counts;
    assert_eq!(counts.resolved, 1);
    let unresolved: Vec<(&str, u64)> = counts.unresolved.iter().map(|(cause, count)| (cause.as_str(), *count)).collect();
    assert_eq!(unresolved, [("parameter that is not told", 4), ("unknown function Fn::Quiz", 1)]);
    let mut all = counts.clone();
    all.add(&counts);
    assert_eq!((all.resolved, all.unresolved_total()), (2, 10));
}

#[test]
fn outputs_are_resolved_as_far_as_they_exist() {
    let text = "Conditions: {Never: !Equals [a, b]}\nResources: {B: {Type: T}}\nOutputs:\n  A: {Value: !Sub 'at ${AWS::Region}'}\n  \
        B: {Value: !Ref Nobody}\n  C: {Value: x, Condition: Never}\n";
    let template = Template::parse(text).unwrap();
    let all = outputs(&template, &stack());
    assert_eq!(all.iter().map(|output| output.name.as_str()).collect::<Vec<_>>(), ["A", "B", "C"]);
    assert_eq!((&all[0].value, all[0].counts.resolved), (&json!("at eu-west-1"), 1));
    assert_eq!((holes(&all[1].value).len(), all[1].counts.unresolved_total()), (1, 1));
    assert_eq!((&all[2].value, &all[2].exists), (&Value::Null, &Exists::No));
}

#[test]
fn absurd_templates_end_in_a_hole() {
    // A chain of conditions, each of the one before.
    let chain: String = (1..5000).map(|i| format!("  C{i}: !Not [!Condition C{}]\n", i - 1)).collect();
    let text = format!("Conditions:\n  C0: !Equals [a, a]\n{chain}Resources:\n  A: {{Type: T, Condition: C4999}}\n");
    let all = resolve(&Template::parse(&text).unwrap(), &stack());
    assert!(matches!(&all[0].exists, Exists::Unknown(_)), "{:?}", all[0].exists);
    // Texts that double, and double again.
    let doubled = (0..35).fold("x".to_owned(), |inner, _| format!("{{\"Fn::Sub\": [\"${{A}}${{A}}\", {{\"A\": {}}}]}}", json_text(&inner)));
    let text = format!("{{\"Resources\": {{\"A\": {{\"Type\": \"T\", \"Properties\": {{\"P\": {doubled}}}}}}}}}");
    let all = resolve(&Template::parse(&text).unwrap(), &stack());
    assert_eq!(holes(&all[0].properties), ["a text that grows too long"]);
    // As deep as can be read.
    let deep = (0..60).fold("\"x\"".to_owned(), |inner, _| format!("{{\"Fn::Base64\": {{\"Fn::Join\": [\"\", [{inner}]]}}}}"));
    let text = format!("{{\"Resources\": {{\"A\": {{\"Type\": \"T\", \"Properties\": {{\"P\": {deep}}}}}}}}}");
    assert!(Template::parse(&text).is_err());
}

fn json_text(inner: &str) -> String {
    if inner == "x" { "\"x\"".to_owned() } else { inner.to_owned() }
}

#[test]
fn a_mapping_holds_no_function() {
    let twice = json!({"Fn::Join": ["", [{"Fn::FindInMap": ["M", "a", "b"]}, {"Fn::FindInMap": ["M", "a", "b"]}]]});
    let body = json!({"Mappings": {"M": {"a": {"b": twice}}}, "Resources": {"A": {"Type": "T", "Properties": {"P": {"Fn::FindInMap": ["M", "a", "b"]}}}}});
    let declared = resolve(&Template::of(body).unwrap(), &Stack::default());
    assert_eq!(holes(&declared[0].properties), ["Fn::FindInMap finds a function in a mapping, where CloudFormation takes none"]);
}

#[test]
fn texts_that_double_end_before_the_memory_does() {
    let mut text = json!("aaaaaaaaaa");
    for _ in 0..5 {
        text = json!({"Fn::Sub": ["${A}${A}${A}${A}${A}${A}${A}${A}${A}${A}", {"A": text}]});
    }
    let many: Vec<Value> = (0..40).map(|_| json!({"Fn::Split": ["a", text]})).collect();
    let body = json!({"Resources": {"A": {"Type": "T", "Properties": {"P": many}}}});
    let declared = resolve(&Template::of(body).unwrap(), &Stack::default());
    let holes = holes(&declared[0].properties);
    assert!(holes.len() > 30 && holes.iter().all(|why| *why == "a template that grows too large"), "{holes:?}");
}
