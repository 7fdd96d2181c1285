//! The account that the credentials lead to.

use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::Row;
use crate::inventory::table::row;
use crate::services::reader;

/// An account that was read, as GetCallerIdentity tells it.
#[apply(row!)]
#[table("aws_account", key(account_id))]
pub struct Account {
    /// `arn:PARTITION:iam::ACCOUNT:root`.
    pub arn: String,
    /// The account.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// ARN of the identity that asked.
    #[is(churn)]
    pub caller_arn: String,
    /// The credentials that led here: a profile, a role's ARN, or `default`.
    #[is(churn)]
    pub session: String,
}

reader! { "account/account", Global, fills [Account::TABLE], calls [call::GetCallerIdentity], by read }

async fn read(cx: Cx) -> Result<(), Unread> {
    let sts: aws_sdk_sts::Client = cx.client();
    let told = cx.call(call::GetCallerIdentity, sts.get_caller_identity().send()).await?;
    let (Some(account_id), Some(caller_arn)) = (told.account(), told.arn()) else {
        return Err(cx.malformed(call::GetCallerIdentity, "lacks Account or Arn").await);
    };
    let Some(partition) = caller_arn.split(':').nth(1).map(str::to_owned) else {
        return Err(cx.malformed(call::GetCallerIdentity, "has an Arn that is none").await);
    };
    cx.emit(Account {
        arn: format!("arn:{partition}:iam::{account_id}:root"),
        account_id: account_id.to_owned(),
        region: cx.region().to_owned(),
        partition,
        caller_arn: caller_arn.to_owned(),
        session: cx.session().to_owned(),
    })
    .await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    const ME: &str = "<Arn>arn:aws-us-gov:iam::111122223333:user/me</Arn><UserId>A</UserId><Account>111122223333</Account>";

    #[tokio::test]
    async fn tells_the_account_and_its_partition() {
        let read = Script::default().on("GetCallerIdentity", ME).read(READER).await;
        assert!(read.is_complete);
        assert_eq!(read.one("select arn || ' ' || partition from aws_account"), "arn:aws-us-gov:iam::111122223333:root aws-us-gov");
    }

    #[tokio::test]
    async fn an_answer_without_an_account_is_malformed_and_a_denial_a_gap() {
        let read = Script::default().on("GetCallerIdentity", "<UserId>A</UserId>").read(READER).await;
        assert_eq!((read.is_complete, read.gaps()[0].3.as_str()), (false, "malformed"));
        let read = Script::default().on("GetCallerIdentity", ME).read_with(READER, call::GetCallerIdentity, Fault::Denied).await;
        assert_eq!((read.is_complete, read.gaps()[0].3.as_str()), (false, "denied"));
    }
}
