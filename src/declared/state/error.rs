//! Why a state cannot be read, and what to do. What a state says is never part of a message, but for versions and addresses.

use std::borrow::Cow;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::error::Category;

const PULL: &str = "get it with `terraform state pull > FILE` (OpenTofu: `tofu state pull > FILE`)";

/// Why a state cannot be read. The message does not name where it came from, but for [`StateError::File`].
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// More than any state has.
    #[error("is larger than 1 GiB, which no state is: name a state's file")]
    TooLarge,
    /// There is nothing.
    #[error("is empty: {PULL}")]
    Empty,
    /// JSON that ends too early.
    #[error("is cut off: the JSON ends in its middle, at line {line}, column {column}: copy it again, or {PULL}")]
    CutOff {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// No JSON.
    #[error("is no JSON ({detail} at line {line}, column {column}), and so no state: {PULL}")]
    NotJson {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What the parser says.
        detail: String,
    },
    /// A state in which something is not of the kind that it must be.
    #[error("is a damaged state ({detail} at line {line}, column {column}): {PULL}, or restore an earlier one")]
    Damaged {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What was expected.
        detail: String,
    },
    /// Something else that is known; which, and what to do.
    #[error("is {0}")]
    Other(&'static str),
    /// A state of Terraform 0.11 or older.
    #[error(
        "is a state of version {0}, which Terraform before 0.12 wrote; driftlead reads version 4: let Terraform 0.12 or later upgrade it (`terraform apply`), then get it with `terraform state pull > FILE`"
    )]
    TooOld(u64),
    /// A state of a version that is not known.
    #[error("is a state of version {0}; this driftlead reads version 4: use a later driftlead")]
    TooNew(u64),
    /// `terraform_version` is no version.
    #[error(
        "says that it was written by Terraform `{0}`, which is no version; Terraform refuses it as well: restore an earlier state (`terraform state pull > FILE`)"
    )]
    Writer(String),
    /// `terraform_version` is older than the format.
    #[error(
        "says that it is of version 4 and was written by Terraform {0}, which did not know that version; it was changed by hand: {PULL}"
    )]
    WriterTooOld(String),
    /// One address twice.
    #[error("has {0} twice; Terraform refuses it as well: restore an earlier state, or take one of them out")]
    Duplicate(String),
    /// A key of `count` or `for_each` that is none.
    #[error(
        "has an instance of {0} whose key is neither a whole number nor a text; Terraform refuses it as well: restore an earlier state"
    )]
    Key(String),
}

/// The text of a state, without a byte order mark and in UTF-8 (PowerShell's `>` writes UTF-16); what is seen not to be JSON is told.
pub(super) fn plain(bytes: &[u8]) -> Result<Cow<'_, [u8]>, StateError> {
    let wide = |decode: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes[2..].chunks_exact(2).map(|pair| decode([pair[0], pair[1]])).collect();
        Cow::Owned(String::from_utf16_lossy(&units).into_bytes())
    };
    let text = match bytes {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest),
        bytes => Cow::Borrowed(bytes),
    };
    let start = text.trim_ascii_start();
    match start {
        [] => Err(StateError::Empty),
        [b'P', b'K', 3 | 5, ..] => Err(StateError::Other(
            "a zip archive, as a plan is (`terraform plan -out`), and no state: name the state, or get it with `terraform state pull > FILE`",
        )),
        [0x1f, 0x8b, ..] => Err(StateError::Other("packed with gzip: unpack it first (`gunzip FILE`)")),
        [b'<', ..] => Err(StateError::Other(
            "an HTML or XML page, most likely a server's error, and no state: look into it, then get the state with `terraform state pull > FILE`",
        )),
        _ => Ok(text),
    }
}

/// What is wrong with a text that could not be read as a state.
pub(super) fn diagnose(text: &[u8], wrong: &serde_json::Error) -> StateError {
    let (line, column) = (wrong.line(), wrong.column());
    match wrong.classify() {
        Category::Eof => StateError::CutOff { line, column },
        Category::Syntax | Category::Io => StateError::NotJson { line, column, detail: without_place(&wrong.to_string()) },
        // Whatever it is, it may be something else than a state of version 4.
        Category::Data => known(text).unwrap_or_else(|| StateError::Damaged { line, column, detail: without_values(&wrong.to_string()) }),
    }
}

/// What JSON is that has no version 4 or no resources.
pub(super) fn diagnose_version(text: &[u8]) -> StateError {
    known(text).unwrap_or(StateError::Other(
        "JSON, but no state of Terraform or OpenTofu (it has no `version` 4 with `resources`): name the state's file",
    ))
}

/// A message without ` at line 1 column 2`.
fn without_place(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |(detail, _)| detail).to_owned()
}

/// What the parser expected. What it found is a value, and can be a secret.
fn without_values(message: &str) -> String {
    let message = without_place(message);
    match message.split_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None if message.starts_with("missing field") || message.starts_with("duplicate field") => message,
        None => "something that a state does not have".to_owned(),
    }
}

/// Members by which a JSON object is known.
#[derive(Deserialize)]
struct Marks {
    version: Option<Value>,
    encryption_version: Option<IgnoredAny>,
    encrypted_data: Option<IgnoredAny>,
    format_version: Option<IgnoredAny>,
    planned_values: Option<IgnoredAny>,
    resources: Option<IgnoredAny>,
    backend: Option<IgnoredAny>,
    #[serde(rename = "AWSTemplateFormatVersion")]
    template_version: Option<IgnoredAny>,
    #[serde(rename = "Resources")]
    template_resources: Option<IgnoredAny>,
    schema: Option<IgnoredAny>,
    tool: Option<Value>,
}

/// What JSON is, if it is something known other than a state of version 4.
fn known(text: &[u8]) -> Option<StateError> {
    let Ok(marks) = serde_json::from_slice::<Marks>(text) else {
        let is_object = text.trim_ascii_start().starts_with(b"{");
        return (!is_object)
            .then_some(StateError::Other("JSON, but no object, and so no state of Terraform or OpenTofu: name the state's file"));
    };
    let version = marks.version.as_ref().and_then(Value::as_u64);
    let is_ours = marks.tool.as_ref().and_then(Value::as_str).is_some_and(|tool| tool.starts_with("driftlead"));
    let what = match version {
        _ if marks.encrypted_data.is_some() || marks.encryption_version.is_some() => {
            "an encrypted state of OpenTofu: get it in the open with `tofu state pull > FILE` where the key is configured"
        }
        _ if marks.template_version.is_some() || marks.template_resources.is_some() => {
            "a CloudFormation template and no state: give it as --template FILE"
        }
        _ if is_ours && marks.schema.is_some() => "a report of driftlead and no state: name the state's file",
        _ if marks.planned_values.is_some() => {
            "a plan as JSON (`terraform show -json PLAN`) and no state: get the state with `terraform state pull > FILE`"
        }
        _ if marks.format_version.is_some() => {
            "the output of `terraform show -json` and no state: get the state with `terraform state pull > FILE`"
        }
        _ if marks.backend.is_some() && marks.resources.is_none() => {
            "Terraform's note of where its state is (.terraform/terraform.tfstate), and not the state: get that with `terraform state pull > FILE`"
        }
        Some(version @ 1..=3) => return Some(StateError::TooOld(version)),
        Some(version @ 5..) => return Some(StateError::TooNew(version)),
        _ => return None,
    };
    Some(StateError::Other(what))
}
