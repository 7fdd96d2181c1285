//! Texts of verdicts: every name in them must have a value, and every option of a command too.

use driftlead::finding::{Finding, Status};

/// A verdict's texts must have a value for each of their names.
pub fn filled(finding: &Finding) -> Result<(), String> {
    for text in [&finding.message, &finding.fix] {
        if finding.status == Status::Fail && (text.contains("(unread)") || has_placeholder(text)) {
            return Err(format!("a text of {} is not filled: {text}", finding.resource));
        }
    }
    // An option whose value is empty: the next option, or nothing, stands where it should.
    let fix = &finding.fix;
    if fix.contains("  --") || fix.ends_with(' ') || fix.contains("= ") || fix.contains(",,") {
        return Err(format!("the fix of {} has an option without a value: {fix}", finding.resource));
    }
    Ok(())
}

/// Whether a `{name}` is left in a text; braces of JSON are none.
fn has_placeholder(text: &str) -> bool {
    let is_name =
        |rest: &str| rest.find('}').is_some_and(|end| end > 0 && rest[..end].bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
    text.split('{').skip(1).any(is_name)
}
