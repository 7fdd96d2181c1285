//! The ledger: which calls were made and how they ended, what could not be read, and what was read to its end.
//!
//! Three tables answer three questions. `ledger`: what did we ask, and what came of it? `gap`: which rows or columns are missing
//! because of it? `coverage`: which table was read *completely*, where? A verdict needs the third: that nothing is known to have
//! failed is not evidence, only a completed reading is.

use std::borrow::Cow;

use super::table::Time;

/// How a call ended. Everything but [`Outcome::Ok`] and [`Outcome::Absent`] leaves a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// AWS answered.
    Ok,
    /// AWS answered with an error code that is documented to mean "there is none".
    Absent,
    /// The caller lacks a permission, or an SCP, a boundary or a resource policy forbids it.
    Denied,
    /// Throttled on every attempt.
    Throttled,
    /// No answer within the time given.
    TimedOut,
    /// No connection could be made, or it broke.
    Unreachable,
    /// The region is not enabled in the account.
    RegionOff,
    /// The credentials are missing, wrong or expired.
    Credentials,
    /// The answer could not be understood, or left out what identifies a resource.
    Malformed,
    /// The answer has a word that this version does not know in a place where its meaning matters.
    Unrecognised,
    /// AWS answered with another error.
    Failed,
    /// The guard refused the call: it was not declared, or it is not a reading one. Nothing was sent.
    Refused,
    /// A replayed recording does not hold this call.
    Unrecorded,
    /// The run was cancelled before the call was answered.
    Cancelled,
}

impl Outcome {
    /// All.
    pub const ALL: [Self; 14] = [
        Self::Ok,
        Self::Absent,
        Self::Denied,
        Self::Throttled,
        Self::TimedOut,
        Self::Unreachable,
        Self::RegionOff,
        Self::Credentials,
        Self::Malformed,
        Self::Unrecognised,
        Self::Failed,
        Self::Refused,
        Self::Unrecorded,
        Self::Cancelled,
    ];

    /// The outcome of a word; what is not known has failed.
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word).unwrap_or(Self::Failed)
    }

    /// The word in the ledger and in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Absent => "absent",
            Self::Denied => "denied",
            Self::Throttled => "throttled",
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::RegionOff => "region_off",
            Self::Credentials => "credentials",
            Self::Malformed => "malformed",
            Self::Unrecognised => "unrecognised",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Unrecorded => "unrecorded",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the call told what it was asked.
    pub fn is_answer(self) -> bool {
        matches!(self, Self::Ok | Self::Absent)
    }
}

/// One call, however many pages and attempts it took.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The account that was asked.
    pub account_id: String,
    /// The region that was asked, or `global`.
    pub region: String,
    /// The service, as in IAM actions (`ec2`).
    pub service: &'static str,
    /// The operation (`DescribeSubnets`).
    pub action: &'static str,
    /// The IAM permission that it needs (`ec2:DescribeSubnets`).
    pub permission: &'static str,
    /// The reader that asked (`vpc/subnet`).
    pub reader: &'static str,
    /// The ARN that the call was about, or `''` for a call about the whole place.
    pub resource: String,
    /// A hash of the first request: the same input gives the same hash.
    pub input: String,
    /// How it ended.
    pub outcome: Outcome,
    /// AWS's error code, or `''`.
    pub code: String,
    /// AWS's error message, shortened, or `''`.
    pub message: String,
    /// Pages that were answered.
    pub pages: u32,
    /// Attempts over all pages; more than `pages` means that something was retried.
    pub attempts: u32,
    /// Attempts that AWS throttled, even if a later one was answered.
    pub throttles: u32,
    /// Metrics that were asked for over all pages, which CloudWatch bills; 0 for other calls.
    pub metrics: u32,
    /// When the first attempt began.
    pub started_at: Time,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

/// Something that could not be read.
#[derive(Debug, Clone)]
pub struct Gap {
    /// The table whose rows or columns are missing.
    pub table: &'static str,
    /// Where.
    pub account_id: String,
    /// Where; `global` for services that are not regional.
    pub region: String,
    /// The ARN whose columns are unread; `*` when they are unread in every row there; `''` when the table itself is incomplete.
    pub resource: String,
    /// The columns that are unread; empty when rows are.
    pub columns: &'static [&'static str],
    /// The IAM permission of the call that would have told (`ec2:DescribeSubnets`), or `''`.
    pub action: Cow<'static, str>,
    /// Why.
    pub outcome: Outcome,
    /// AWS's error code, or `''`.
    pub code: String,
    /// What happened, in words.
    pub message: String,
}

/// A table that was read somewhere, and whether to its end.
#[derive(Debug, Clone)]
pub struct Coverage {
    /// The table.
    pub table: &'static str,
    /// Where.
    pub account_id: String,
    /// Where; `global` for services that are not regional.
    pub region: String,
    /// The reader that filled it.
    pub reader: &'static str,
    /// Whether every row that AWS has is there.
    pub complete: bool,
}

/// A place that could be read: an account in a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The account.
    pub account_id: String,
    /// The region, or `global`.
    pub region: String,
    /// Whether the user wanted it read. An enabled region that was left out is a place where something could be.
    pub in_scope: bool,
}

/// The region of what belongs to no region (IAM, the list of buckets).
pub const GLOBAL: &str = "global";

/// The tables of the ledger, as DDL.
pub const LEDGER_DDL: &str = "
create table snapshot (
  schema integer not null, -- Version of this layout.
  tool text not null, -- Program and version that made the snapshot.
  started_at text not null, -- The snapshot's clock: all ages are counted from here.
  finished_at text not null, -- When the last reader ended; '' while it runs, or when it was killed.
  complete integer not null, -- 1 when every planned reader ran to its end or met a recorded gap; 0 when cut short.
  endpoint text not null, -- '' for AWS itself; otherwise the endpoint that answered in its place.
  selection text not null -- Which tables were asked for, as a JSON list.
) strict;
create table place (
  account_id text not null, -- The account.
  region text not null, -- The region, or 'global'.
  in_scope integer not null -- 1 when it was to be read; 0 when it is enabled but was left out.
) strict;
create unique index place_key on place (account_id, region);
create table ledger (
  id integer primary key, -- The number by which findings refer to the call.
  account_id text not null, -- The account that was asked.
  region text not null, -- The region that was asked, or 'global'.
  service text not null, -- The service, as in IAM actions.
  action text not null, -- The operation.
  permission text not null, -- The IAM permission that it needs.
  reader text not null, -- The reader that asked.
  resource text not null, -- The ARN that it was about; '' for a call about the whole place.
  input text not null, -- Hash of the request; the same input gives the same hash.
  outcome text not null, -- How it ended: ok, absent, denied, throttled, timed_out, ...
  code text not null, -- AWS's error code.
  message text not null, -- AWS's error message.
  pages integer not null, -- Pages that were answered.
  attempts integer not null, -- Attempts over all pages.
  started_at text not null, -- When the first attempt began.
  millis integer not null, -- How long it took, in milliseconds.
  throttles integer not null default 0, -- Attempts that AWS throttled, even if a later one was answered.
  metrics integer not null default 0 -- Metrics that were asked for, which CloudWatch bills; 0 for other calls.
) strict;
create index ledger_reader on ledger (reader, account_id, region, resource);
create table gap (
  id integer primary key, -- By account, region, table and resource, once the run has ended.
  table_name text not null, -- The table whose rows or columns are missing.
  account_id text not null, -- Where.
  region text not null, -- Where.
  resource text not null, -- The ARN whose columns are unread; '*': in every row there; '': the table is incomplete there.
  columns text not null, -- The columns that are unread, as a JSON list.
  action text not null, -- The IAM permission of the call that would have told.
  outcome text not null, -- Why: denied, throttled, timed_out, ...
  code text not null, -- AWS's error code.
  message text not null -- What happened, in words.
) strict;
create index gap_place on gap (table_name, account_id, region);
create index gap_resource on gap (resource);
create table coverage (
  table_name text not null, -- The table.
  account_id text not null, -- Where.
  region text not null, -- Where.
  reader text not null, -- The reader that filled it.
  complete integer not null -- 1 when every row that AWS has is there.
) strict;
create unique index coverage_key on coverage (table_name, account_id, region, reader);
";
