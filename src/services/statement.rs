//! Policy statements as rows: one shape for every policy, whatever it hangs on.

use crate::aws::{Call, Cx};
use crate::inventory::{Fact, Row, Table, policy};

/// Declares a table of policy statements: `statement_table! { "what they are" BucketStatement, "aws_s3_bucket_policy_statement",
/// guard("aws_s3_bucket", "policy_statement_count") }`.
macro_rules! statement_table {
    ($what:literal $row:ident, $table:literal, guard($guard_table:literal, $guard_column:literal)) => {
        #[doc = $what]
        #[macro_rules_attribute::apply($crate::inventory::table::row!)]
        #[table($table, key(arn, statement_index), guard($guard_table, $guard_column), part_of($guard_table, arn = arn), is(derived))]
        pub struct $row {
            /// ARN of the resource that the policy belongs to; of a managed policy, its own.
            pub arn: String,
            /// Account that was read.
            pub account_id: String,
            /// Region.
            pub region: String,
            /// Its place in the document, from 0.
            pub statement_index: i64,
            /// `Sid`, or ''.
            pub sid: String,
            /// `Allow` or `Deny`.
            pub effect: String,
            /// Principals as `TYPE:value`, or `*`, a list.
            pub principals: $crate::inventory::Json,
            /// The same of NotPrincipal, a list.
            pub not_principals: $crate::inventory::Json,
            /// Actions in lower case, with their wildcards, a list.
            pub actions: $crate::inventory::Json,
            /// The same of NotAction, a list.
            pub not_actions: $crate::inventory::Json,
            /// Resource patterns, a list.
            pub resources: $crate::inventory::Json,
            /// The same of NotResource, a list.
            pub not_resources: $crate::inventory::Json,
            /// Conditions as they stand, a map; '{}' without any.
            pub condition: $crate::inventory::Json,
            /// Whether it speaks of everybody: its principal is `*`, or everybody but some.
            pub is_for_anyone: bool,
            /// Whether a condition narrows everybody to somebody (an account, an organisation, a network, …). NULL when its
            /// conditions are of a kind that cannot be decided from here.
            pub is_narrowed: $crate::inventory::Fact<bool>,
        }

        impl $crate::services::statement::StatementRow for $row {
            fn of(arn: &str, account_id: &str, region: &str, index: usize, statement: $crate::inventory::policy::Statement) -> Self {
                use $crate::inventory::{Fact, Json};
                Self {
                    arn: arn.to_owned(),
                    account_id: account_id.to_owned(),
                    region: region.to_owned(),
                    statement_index: index as i64,
                    is_for_anyone: statement.is_for_anyone(),
                    is_narrowed: Fact::told(statement.is_narrowed()),
                    sid: statement.sid,
                    effect: statement.effect,
                    principals: Json(statement.principals.into()),
                    not_principals: Json(statement.not_principals.into()),
                    actions: Json(statement.actions.into()),
                    not_actions: Json(statement.not_actions.into()),
                    resources: Json(statement.resources.into()),
                    not_resources: Json(statement.not_resources.into()),
                    condition: Json(statement.condition),
                }
            }
        }
    };
}
pub(crate) use statement_table;

/// A row of a table that [`statement_table!`] declared.
pub(crate) trait StatementRow: Row {
    /// Makes one.
    fn of(arn: &str, account_id: &str, region: &str, index: usize, statement: policy::Statement) -> Self;
}

/// Stores the statements of a document and says how many there are: 0 for no document, unread for one that is not understood.
pub(crate) async fn emit_statements<R: StatementRow>(
    cx: &Cx,
    parent: (&'static Table, &str, &str),
    columns: &'static [&'static str],
    call: &'static Call,
    document: &Fact<String>,
) -> Fact<i64> {
    let (table, arn, region) = parent;
    let Fact::Known(document) = document else { return Fact::Unread };
    if document.is_empty() {
        return Fact::Known(0);
    }
    match policy::parse(document) {
        Ok(statements) => {
            let count = statements.len() as i64;
            for (index, statement) in statements.into_iter().enumerate() {
                cx.emit(R::of(arn, cx.account_id(), region, index, statement)).await;
            }
            Fact::Known(count)
        }
        Err(error) => {
            cx.about(table, arn, columns).malformed(call, &format!("has a policy that is not understood: {error}")).await;
            Fact::Unread
        }
    }
}
