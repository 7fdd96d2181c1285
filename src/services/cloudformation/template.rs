//! Templates: what of an output was typed in, which resources are named, and what of them can be compared. The text itself is not kept.

use aws_sdk_cloudformation::types::TemplateStage;
use macro_rules_attribute::apply;
use sha2::{Digest, Sha256};

use super::call;
use super::compared::reduced;
use super::outline::{Outline, outline};
use super::place::places;
use super::stack::Stack;
use crate::aws::{Cx, Unread, shown};
use crate::declared::template::Template;
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row};
use crate::services::{Found, reader, text};

/// The template of a stack as it was handed in, by GetTemplate. A stack that is only a change set so far has none.
#[apply(row!)]
#[table("aws_cloudformation_stack_template", key(arn), part_of("aws_cloudformation_stack", arn = arn))]
pub struct StackTemplate {
    /// ARN of the stack.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region of the stack.
    pub region: String,
    /// `json` or `yaml`.
    #[is(derived)]
    pub format: Fact<String>,
    /// Size of the text in bytes.
    #[is(derived)]
    pub size: Fact<i64>,
    /// SHA-256 of the text.
    pub sha256: Fact<String>,
    /// How many outputs it has; they are in `aws_cloudformation_stack_template_output`.
    #[is(derived)]
    pub output_count: Fact<i64>,
    /// How many resources it has; they are in `aws_cloudformation_stack_template_resource`.
    #[is(derived)]
    pub resource_count: Fact<i64>,
    /// The template as far as it can be compared: a template in JSON with each resource's type, its condition, and those of its
    /// properties that driftlead compares; `null` stands for the value of every other. Intrinsics are in their long form and not
    /// resolved. Conditions and mappings are there as far as those properties need them. Of a template with a transform it is what the
    /// transform made of it.
    pub body: Fact<Json>,
}

/// How an output of a stack is written in its template.
#[apply(row!)]
#[table(
    "aws_cloudformation_stack_template_output", key(arn, output_key),
    guard("aws_cloudformation_stack_template", "output_count"),
    part_of("aws_cloudformation_stack_template", arn = arn),
    is(derived)
)]
pub struct StackTemplateOutput {
    /// ARN of the stack.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region of the stack.
    pub region: String,
    /// Name of the output.
    pub output_key: String,
    /// Its value as it is written, with `${…}` for what is not typed in; `[redacted]` where the name sounds like a secret's.
    pub expression: String,
    /// Regions that are typed in, a list.
    pub literal_regions: Json,
    /// Accounts that are typed in, a list.
    pub literal_account_ids: Json,
}

/// A resource that a stack's template names.
#[apply(row!)]
#[table(
    "aws_cloudformation_stack_template_resource", key(arn, logical_id),
    guard("aws_cloudformation_stack_template", "resource_count"),
    part_of("aws_cloudformation_stack_template", arn = arn),
    is(derived)
)]
pub struct StackTemplateResource {
    /// ARN of the stack.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region of the stack.
    pub region: String,
    /// Name in the template.
    pub logical_id: String,
    /// Type (`AWS::S3::Bucket`).
    pub resource_type: String,
}

reader! {
    "cloudformation/template", Regional, fills [StackTemplate::TABLE, StackTemplateOutput::TABLE, StackTemplateResource::TABLE],
    calls [call::GetTemplate], needs [Stack::TABLE], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let sql = "select arn from aws_cloudformation_stack
        where account_id = ?1 and region = ?2 and arn > ?3 and coalesce(stack_status, '') <> 'REVIEW_IN_PROGRESS'
        order by arn limit ?4";
    let mut found = Found::new(&cx, sql);
    while let Some(arns) = found.next(|row| row.get::<_, String>(0)).await? {
        cx.each(arns, |arn| read_one(&cx, arn)).await;
    }
    Ok(())
}

const COLUMNS: &[&str] = &["format", "size", "sha256", "output_count", "resource_count", "body"];

async fn read_one(cx: &Cx, arn: String) {
    let client: aws_sdk_cloudformation::Client = cx.client();
    let about = cx.about(StackTemplate::TABLE, &arn, COLUMNS);
    let told = about.call(call::GetTemplate, client.get_template().stack_name(&arn).send()).await;
    let text = Fact::from(told).map(|told| text(told.template_body()));
    let known = match text.known() {
        None => None,
        Some(text) => parsed(&about, &text).await.map(|template| (text, template)),
    };
    let outlined = known.as_ref().map(|(_, template)| outline(template));
    if let Some(outline) = &outlined {
        emit_outline(cx, &arn, outline).await;
    }
    let deployed = match &known {
        Some((_, template)) if template.has_transform() => processed(cx, &arn).await.map(|template| Json(reduced(&template))),
        Some((_, template)) => Some(Json(reduced(template))),
        None => None,
    };
    let (text, outline) = (Fact::told(known.map(|(text, _)| text)), Fact::told(outlined));
    cx.emit(StackTemplate {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        format: outline.as_ref().map(|outline| outline.format.to_owned()),
        size: text.as_ref().map(|text| text.len() as i64),
        sha256: text.map(|text| Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()),
        output_count: outline.as_ref().map(|outline| outline.outputs.len() as i64),
        resource_count: outline.map(|outline| outline.resources.len() as i64),
        body: Fact::told(deployed),
        arn,
    })
    .await;
}

/// The template of which the stack was made, once its transforms were done with it.
async fn processed(cx: &Cx, arn: &str) -> Option<Template> {
    let client: aws_sdk_cloudformation::Client = cx.client();
    let about = cx.about(StackTemplate::TABLE, arn, &["body"]);
    let request = client.get_template().stack_name(arn).template_stage(TemplateStage::Processed).send();
    let told = about.call(call::GetTemplate, request).await.ok()?;
    parsed(&about, &text(told.template_body())).await
}

async fn parsed(about: &Cx, text: &str) -> Option<Template> {
    match Template::parse(text) {
        Ok(template) => Some(template),
        Err(error) => {
            about.malformed(call::GetTemplate, &format!("holds a template that is not understood: {error}")).await;
            None
        }
    }
}

async fn emit_outline(cx: &Cx, arn: &str, outline: &Outline) {
    for (key, expression) in &outline.outputs {
        let named = places(expression);
        let texts = |of: fn(&super::place::Place) -> &str| {
            let set: std::collections::BTreeSet<&str> = named.iter().map(of).filter(|text| !text.is_empty()).collect();
            Json::set(set)
        };
        cx.emit(StackTemplateOutput {
            arn: arn.to_owned(),
            account_id: cx.account_id().to_owned(),
            region: cx.region().to_owned(),
            output_key: key.clone(),
            expression: shown(key, expression),
            literal_regions: texts(|place| &place.region),
            literal_account_ids: texts(|place| &place.account_id),
        })
        .await;
    }
    for (logical_id, resource_type) in &outline.resources {
        cx.emit(StackTemplateResource {
            arn: arn.to_owned(),
            account_id: cx.account_id().to_owned(),
            region: cx.region().to_owned(),
            logical_id: logical_id.clone(),
            resource_type: resource_type.clone(),
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::{ACCOUNT, Script};

    fn script(body: &str) -> Script {
        let columns = "aws_cloudformation_stack (arn, account_id, region, stack_status)";
        Script::default()
            .on("GetTemplate", &format!("<TemplateBody>{body}</TemplateBody>"))
            .seed(columns, &format!("'arn:1', '{ACCOUNT}', 'us-east-1', 'CREATE_COMPLETE'"))
            .seed(columns, &format!("'arn:2', '{ACCOUNT}', 'us-east-1', 'REVIEW_IN_PROGRESS'"))
    }

    const TEMPLATE: &str = r#"{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"Link": {"Value": "https://eu-west-1.console.aws.amazon.com/"}, "ApiToken": {"Value": "hunter2"}}}"#;

    #[tokio::test]
    async fn keeps_the_outline_and_no_secret() {
        let read = script(TEMPLATE).read(READER).await;
        let sql = "select arn, format, output_count, resource_count, length(sha256) from aws_cloudformation_stack_template";
        assert_eq!(read.one(sql), "arn:1|json|2|1|64");
        let sql = "select output_key, expression, literal_regions from aws_cloudformation_stack_template_output order by 1";
        assert_eq!(read.all(sql), ["ApiToken|[redacted]|[]", r#"Link|https://eu-west-1.console.aws.amazon.com/|["eu-west-1"]"#]);
        assert_eq!(read.one("select resource_type from aws_cloudformation_stack_template_resource"), "AWS::SQS::Queue");
    }

    #[tokio::test]
    async fn a_template_that_is_denied_or_not_understood_is_unread() {
        let sql = "select format, output_count from aws_cloudformation_stack_template";
        assert_eq!(script(TEMPLATE).read_with(READER, call::GetTemplate, Fault::Denied).await.one(sql), "unread|unread");
        let read = script("nonsense").read(READER).await;
        assert_eq!(read.one(sql), "unread|unread");
        assert_eq!(read.gaps()[0].3, "malformed");
    }

    #[tokio::test]
    async fn the_body_holds_no_text_of_the_dns() {
        let template = r#"{"Resources": {
            "T": {"Type": "AWS::Route53::RecordSet", "Properties": {"Type": "TXT", "ResourceRecords": ["hunter2"]}},
            "C": {"Type": "AWS::Route53::RecordSet", "Properties": {"Type": {"Ref": "Kind"}, "ResourceRecords": ["hunter2"]}},
            "G": {"Type": "AWS::Route53::RecordSetGroup", "Properties": {"RecordSets": [
                {"Type": "TXT", "ResourceRecords": ["hunter2"]}, {"Type": "A", "ResourceRecords": ["192.0.2.1"]}]}}}}"#;
        let body = script(template).read(READER).await.one("select body from aws_cloudformation_stack_template");
        assert!(!body.contains("hunter2") && body.contains("192.0.2.1"), "{body}");
    }

    #[tokio::test]
    async fn the_body_holds_no_value_that_is_not_compared() {
        let template = r#"{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "hunter2"}}}}"#;
        let read = script(template).read(READER).await;
        let body = r#"{"Resources":{"Q":{"Type":"AWS::SQS::Queue","Properties":{"QueueName":null}}}}"#;
        assert_eq!(read.one("select body from aws_cloudformation_stack_template"), body);
    }

    #[tokio::test]
    async fn of_a_transform_the_body_is_what_it_made() {
        let written = "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n";
        let made = r#"<TemplateBody>{"Resources": {"F": {"Type": "AWS::Lambda::Function"}}}</TemplateBody>"#;
        let sql = "select format, resource_count, body ->> '$.Resources.F.Type' from aws_cloudformation_stack_template";
        let both = Script::default().on_match("GetTemplate", "TemplateStage=Processed", made).followed_by(script(written));
        assert_eq!(both.read(READER).await.one(sql), "yaml|1|AWS::Lambda::Function");
        let denied =
            Script::default().fails_match("GetTemplate", "TemplateStage=Processed", 403, "AccessDenied").followed_by(script(written));
        let read = denied.read(READER).await;
        assert_eq!(read.one(sql), "yaml|1|unread");
        let gap = ("aws_cloudformation_stack_template", "arn:1", "cloudformation:GetTemplate", "denied");
        assert_eq!(read.gaps(), [(gap.0.to_owned(), gap.1.to_owned(), gap.2.to_owned(), gap.3.to_owned())]);
    }

    #[tokio::test]
    async fn without_stacks_nothing_is_asked() {
        let read = Script::default().read(READER).await;
        assert_eq!((read.count("aws_cloudformation_stack_template"), read.is_complete), (0, true));
    }
}
