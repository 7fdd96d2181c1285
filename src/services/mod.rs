//! WHAT AWS HAS: a folder per service, a file per table (or per handful of tables that one call tells).
//!
//! A file holds the row, the reader and the reader's tests, in this order. A reader says what is there; it never says whether that
//! is good. To add a table: its file, and one line in its service's `mod.rs`. To add a service: its folder, and one line here.

use std::sync::LazyLock;

use aws_smithy_types::DateTime;

use crate::aws::{Api, Cx, Reader, Unread, Warrant};
use crate::inventory::kind::{self, Kind};
use crate::inventory::{Table, Time, View};

pub(crate) mod statement;
pub(crate) mod tagging;

/// Declares the services: the modules and [`ALL`].
macro_rules! services {
    ($($service:ident),+ $(,)?) => {
        $(pub mod $service;)+

        /// Every service, in the order of the alphabet.
        pub const ALL: &[&Service] = &[$(&$service::SERVICE),+];
    };
}

services! {
    account, acm, apigateway, applicationautoscaling, autoscaling, backup, cloudformation, cloudtrail, cloudwatch, ec2, ecs, elbv2, iam,
    kms, lambda, logs, organizations, rds, route53, s3, secretsmanager, vpc, wafv2,
}

/// A service's card.
#[derive(Debug)]
pub struct Service {
    /// The name: that of its folder here and under `checks/`.
    pub name: &'static str,
    /// The name that AWS gives it.
    pub title: &'static str,
    /// Its readers.
    pub readers: &'static [&'static Reader],
    /// Views over its tables.
    pub views: &'static [&'static View],
}

/// Declares which services have a `kinds.toml`.
macro_rules! kinds {
    ($($service:literal),* $(,)?) => {
        const KINDS: &[(&str, &str)] = &[$(($service, include_str!(concat!($service, "/kinds.toml")))),*];
    };
}

kinds! {
    "acm", "apigateway", "applicationautoscaling", "autoscaling", "backup", "cloudformation", "cloudwatch", "ec2", "ecs", "elbv2", "iam", "kms", "lambda", "logs", "rds", "route53", "s3",
    "secretsmanager", "vpc", "wafv2",
}

/// Every kind of resource whose declarations can be compared.
pub fn kinds() -> &'static [Kind] {
    static PARSED: LazyLock<Vec<Kind>> = LazyLock::new(|| {
        let parse = |(service, text): &(&str, &str)| match kind::parse(text) {
            Ok(kinds) => kinds,
            // The tests hold every one of them to be right.
            Err(error) => unreachable!("services/{service}/kinds.toml: {error}"),
        };
        KINDS.iter().flat_map(parse).collect()
    });
    &PARSED
}

/// Every reader.
pub fn readers() -> impl Iterator<Item = &'static Reader> {
    ALL.iter().flat_map(|service| service.readers).copied()
}

/// Every API that is asked, as often as there are calls to it.
pub fn apis() -> impl Iterator<Item = &'static Api> {
    readers().flat_map(|reader| reader.calls).map(|call| call.api)
}

/// What errands may: declared calls that are made outside of a plan, when a command is asked for them.
pub fn errands() -> [Warrant; 6] {
    use cloudtrail::history::{BY_NAME, PEEK, SWEEP};
    [PEEK.warrant, SWEEP.warrant, BY_NAME.warrant, s3::state::FETCH.warrant, s3::state::LIST.warrant, organizations::account::LIST.warrant]
}

/// Every table.
pub fn tables() -> Vec<&'static Table> {
    readers().flat_map(|reader| reader.tables).copied().collect()
}

/// Every view, in an order in which each needs only earlier ones.
pub fn views() -> Vec<&'static View> {
    ALL.iter().flat_map(|service| service.views).copied().collect()
}

/// The reader that fills a table.
pub fn reader_of(table: &str) -> Option<&'static Reader> {
    readers().find(|reader| reader.tables.iter().any(|filled| filled.name == table))
}

/// A text that is `''` where AWS leaves the member out.
pub(crate) fn text(member: Option<&str>) -> String {
    member.unwrap_or("").to_owned()
}

/// A moment that is "never" where AWS leaves the member out.
pub(crate) fn time(member: Option<&DateTime>) -> Time {
    member.map_or_else(Time::never, |moment| Time::from_unix(moment.secs()))
}

/// Rows that earlier readers found, some at a time: a reader that hangs on a table holds no more of it than this.
///
/// They come in the order of a key, not of their making: a replay must ask the very questions that were recorded.
pub(crate) struct Found<'c> {
    cx: &'c Cx,
    sql: &'static str,
    after: String,
    is_last: bool,
}

impl<'c> Found<'c> {
    /// Rows at a time.
    const CHUNK: i64 = 500;

    /// `sql` selects its key first and is ordered by it; ?1 is the account, ?2 the region, ?3 the key after which to go on, ?4 how many.
    pub(crate) fn new(cx: &'c Cx, sql: &'static str) -> Self {
        Self { cx, sql, after: String::new(), is_last: false }
    }

    /// The next rows, or `None` after the last.
    ///
    /// # Errors
    /// [`Unread`] when the snapshot cannot be asked, which ends the run anyway.
    pub(crate) async fn next<T, F>(&mut self, row: F) -> Result<Option<Vec<T>>, Unread>
    where
        T: Send + 'static,
        F: Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T> + Send + 'static,
    {
        if self.is_last {
            return Ok(None);
        }
        let (sql, after) = (self.sql, self.after.clone());
        let (account, region) = (self.cx.account_id().to_owned(), self.cx.region().to_owned());
        let ask = move |connection: &rusqlite::Connection| -> rusqlite::Result<(Vec<T>, String)> {
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query(rusqlite::params![account, region, after, Self::CHUNK])?;
            let (mut found, mut last) = (Vec::new(), after);
            while let Some(next) = rows.next()? {
                last = next.get(0)?;
                found.push(row(next)?);
            }
            Ok((found, last))
        };
        match self.cx.sink().ask(ask).await {
            Ok(Ok((found, last))) => {
                self.after = last;
                self.is_last = (found.len() as i64) < Self::CHUNK;
                Ok(Some(found).filter(|found| !found.is_empty()))
            }
            Ok(Err(error)) => Err(self.cx.broken(&error.to_string()).await),
            Err(closed) => Err(self.cx.broken(&closed.to_string()).await),
        }
    }
}

/// Whether earlier readers found anything here: `sql` as for [`Found`].
///
/// # Errors
/// [`Unread`] when the snapshot cannot be asked, which ends the run anyway.
pub(crate) async fn is_any_here(cx: &Cx, sql: &'static str) -> Result<bool, Unread> {
    Ok(Found::new(cx, sql).next(|row| row.get::<_, String>(0)).await?.is_some())
}

/// Takes what identifies a resource out of an answer, or leaves a gap and goes on with the next item.
macro_rules! identified {
    ($cx:expr, $call:expr, $member:expr) => {
        match $member {
            Some(value) => value,
            None => {
                $cx.malformed($call, concat!("lacks ", stringify!($member))).await;
                continue;
            }
        }
    };
}
pub(crate) use identified;

/// A reader's declaration with its function boxed.
macro_rules! reader {
    (
        $(#[$doc:meta])*
        $name:literal, $scope:ident, fills $tables:expr, calls $calls:expr $(, needs $needs:expr)?, by $read:path
    ) => {
        $(#[$doc])*
        #[doc = concat!("The reader `", $name, "`.")]
        pub const READER: &$crate::aws::Reader = &$crate::aws::Reader {
            name: $name,
            scope: $crate::aws::Scope::$scope,
            tables: &$tables,
            calls: &$calls,
            needs: $crate::services::reader!(@needs $($needs)?),
            read: |cx| Box::pin($read(cx)),
        };
    };
    (@needs) => { &[] };
    (@needs $needs:expr) => { &$needs };
}
pub(crate) use reader;
