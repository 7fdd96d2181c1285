//! The credential report: one line a user, the root user first.
//!
//! It is the only place where the root user's password and keys can be seen. AWS compiles it on demand and keeps it for four hours;
//! what it says may be that old. <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html>

use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, GLOBAL, Row, Time};
use crate::services::{reader, time};

/// A line of the credential report (GenerateCredentialReport, GetCredentialReport).
#[apply(row!)]
#[table("aws_iam_credential_report", key(arn), part_of("aws_iam_user", arn = arn), part_of("aws_iam_account_summary", arn = arn))]
pub struct Line {
    /// ARN of the user; `arn:PARTITION:iam::ACCOUNT:root` for the root user.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// Name of the user; `<root_account>` for the root user.
    pub name: String,
    /// Whether it is the root user.
    pub is_root: bool,
    /// When the user was made.
    pub user_creation_time: Time,
    /// Whether the user has a password. NULL where the report does not say it, as older ones of the root user.
    pub password_enabled: Fact<bool>,
    /// When the password was used; '' for never since AWS keeps track.
    #[is(churn)]
    pub password_last_used: Time,
    /// When the password was changed; '' where there is none.
    pub password_last_changed: Time,
    /// Whether the user has a second factor.
    pub mfa_active: Fact<bool>,
    /// Whether the first access key is active.
    pub access_key_1_active: Fact<bool>,
    /// When the first access key was made; '' where there is none.
    pub access_key_1_last_rotated: Time,
    /// When the first access key was used; '' for never.
    #[is(churn)]
    pub access_key_1_last_used: Time,
    /// Whether the second access key is active.
    pub access_key_2_active: Fact<bool>,
    /// When the second access key was made; '' where there is none.
    pub access_key_2_last_rotated: Time,
    /// When the second access key was used; '' for never.
    #[is(churn)]
    pub access_key_2_last_used: Time,
    /// Whether a signing certificate is active.
    pub certificate_active: Fact<bool>,
    /// When AWS compiled the report.
    #[is(churn)]
    pub generated_time: Time,
}

/// How often to ask whether the report is ready, and how long to wait between.
const TRIES: u32 = 30;

reader! {
    "iam/credential_report", Global, fills [Line::TABLE], calls [call::GenerateCredentialReport, call::GetCredentialReport], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let iam: aws_sdk_iam::Client = cx.client();
    let is_ready = |told: &aws_sdk_iam::operation::generate_credential_report::GenerateCredentialReportOutput| {
        told.state().is_some_and(|state| state.as_str() == "COMPLETE")
    };
    cx.poll(call::GenerateCredentialReport, TRIES, || iam.generate_credential_report().send(), is_ready).await?;
    let told = cx.call(call::GetCredentialReport, iam.get_credential_report().send()).await?;
    let generated = time(told.generated_time());
    let content = told.content().map_or(&[][..], |content| content.as_ref());
    let mut reader = csv::Reader::from_reader(content);
    let Ok(heads) = reader.headers().cloned() else {
        return Err(cx.malformed(call::GetCredentialReport, "is no table of comma-separated values").await);
    };
    for record in reader.records() {
        let Some(line) = record.ok().and_then(|record| line(&cx, &heads, &record, &generated)) else {
            return Err(cx.malformed(call::GetCredentialReport, "has a line without user or arn").await);
        };
        cx.emit(line).await;
    }
    Ok(())
}

fn line(cx: &Cx, heads: &csv::StringRecord, record: &csv::StringRecord, generated: &Time) -> Option<Line> {
    let get = |name: &str| heads.iter().position(|head| head == name).and_then(|i| record.get(i));
    let moment = |name: &str| match get(name).map(str::parse::<jiff::Timestamp>) {
        Some(Ok(moment)) => Time::from_unix(moment.as_second()),
        // N/A, no_information, not_supported: there is nothing that could have been used.
        _ => Time::never(),
    };
    let switch = |name: &str| match get(name).map(str::to_lowercase).as_deref() {
        Some("true") => Fact::Known(true),
        Some("false") => Fact::Known(false),
        _ => Fact::Unread,
    };
    let certificate = match (switch("cert_1_active"), switch("cert_2_active")) {
        (Fact::Known(first), Fact::Known(second)) => Fact::Known(first || second),
        (Fact::Known(true), _) | (_, Fact::Known(true)) => Fact::Known(true),
        _ => Fact::Unread,
    };
    let name = get("user")?;
    Some(Line {
        arn: get("arn").filter(|arn| arn.starts_with("arn:"))?.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: GLOBAL.to_owned(),
        name: name.to_owned(),
        is_root: name == "<root_account>",
        user_creation_time: moment("user_creation_time"),
        password_enabled: switch("password_enabled"),
        password_last_used: moment("password_last_used"),
        password_last_changed: moment("password_last_changed"),
        mfa_active: switch("mfa_active"),
        access_key_1_active: switch("access_key_1_active"),
        access_key_1_last_rotated: moment("access_key_1_last_rotated"),
        access_key_1_last_used: moment("access_key_1_last_used_date"),
        access_key_2_active: switch("access_key_2_active"),
        access_key_2_last_rotated: moment("access_key_2_last_rotated"),
        access_key_2_last_used: moment("access_key_2_last_used_date"),
        certificate_active: certificate,
        generated_time: generated.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    fn script(csv: &str) -> Script {
        let encoded = aws_smithy_types::base64::encode(csv);
        Script::default()
            .on("GenerateCredentialReport", "<State>COMPLETE</State>")
            .on("GetCredentialReport", &format!("<Content>{encoded}</Content><GeneratedTime>2026-11-22T11:00:00Z</GeneratedTime>"))
    }

    const CSV: &str =
        "user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,access_key_1_active,access_key_1_last_used_date
<root_account>,arn:aws:iam::111122223333:root,2020-01-01T00:00:00+00:00,not_supported,no_information,false,true,2026-11-01T00:00:00+00:00
ann,arn:aws:iam::111122223333:user/ann,2024-01-01T00:00:00+00:00,TRUE,2026-10-01T00:00:00+00:00,TRUE,FALSE,N/A
";

    #[tokio::test]
    async fn tells_every_user_and_the_root_user() {
        let read = script(CSV).read(READER).await;
        assert!(read.is_complete);
        let sql = "select name, is_root, password_enabled, password_last_used, mfa_active, access_key_1_active, access_key_1_last_used,
            access_key_2_active from aws_iam_credential_report order by name";
        assert_eq!(
            read.all(sql),
            ["<root_account>|1|unread||0|1|2026-11-01T00:00:00Z|unread", "ann|0|1|2026-10-01T00:00:00Z|1|0||unread",]
        );
    }

    #[tokio::test]
    async fn an_empty_report_a_broken_one_and_a_denied_one() {
        let empty = script(CSV.lines().next().unwrap()).read(READER).await;
        assert_eq!((empty.count("aws_iam_credential_report"), empty.is_complete), (0, true));
        let broken = script("user,arn\nann,nonsense\n").read(READER).await;
        assert_eq!((broken.is_complete, broken.gaps()[0].3.as_str()), (false, "malformed"));
        for call in [call::GenerateCredentialReport, call::GetCredentialReport] {
            let denied = script(CSV).read_with(READER, call, Fault::Denied).await;
            assert_eq!((denied.is_complete, denied.gaps()[0].2.as_str()), (false, call.permission));
        }
    }
}
