//! What a comparison needs to know of a column or a table: what changes by nature, what is derived, what hangs on what.
//!
//! It is said once, beside the column, and not in whatever compares: a capacity that autoscaling moves is no drift anywhere.

/// How a column changes, or how the rows of a table come and go.
///
/// A column is [`Setting`](Self::Setting), [`Churn`](Self::Churn) or [`Derived`](Self::Derived); a table can be any of them. A
/// column's own nature matters only where its table's lets rows be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// What somebody set, or what changes only when somebody acts. Compared.
    Setting,
    /// What changes without anybody changing anything: counts of what runs, times of last use, measurements, states that swing, and
    /// times that say only *that* something else changed. Not compared.
    Churn,
    /// What repeats other columns of the row, or rows of another table, in another form: bounds of a range, counts of rows, the name
    /// that is a tag. Not compared, since it changes only with what it is derived from.
    Derived,
    /// A table of what AWS offers to everybody: zones, instance types, engine versions. Nobody in the account changes it. Not compared.
    Reference,
    /// A table whose rows come and go without anybody's doing, though each is a thing of its own: backups by schedule, versions that
    /// every deployment leaves behind. A row that is on both sides is compared; that it came or went is no change. A declared one that
    /// is not there is missing all the same: the list is whole.
    Passing,
    /// A table of which only a part is read, that which something else names: a row that is not there may well be in AWS. A row that
    /// is on both sides is compared; that it is on one side only tells nothing, least of all that it is missing.
    Partial,
}

impl Nature {
    /// The word for people that stands beside a column; `None` for what is simply compared.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::Setting => None,
            Self::Churn => Some("churns"),
            Self::Derived => Some("derived"),
            Self::Reference => Some("reference"),
            Self::Passing => Some("passing"),
            Self::Partial => Some("partial"),
        }
    }

    /// What that means for a table, in a sentence; `None` for one that is simply compared.
    pub fn about_table(self) -> Option<&'static str> {
        match self {
            Self::Setting => None,
            Self::Churn => Some("Its rows change without anybody changing anything: no difference in them is drift."),
            Self::Derived => Some("Its rows are derived from other tables: no difference in them is drift of its own."),
            Self::Reference => Some("It tells what AWS offers, not what the account has: no difference in it is drift."),
            Self::Passing => Some("Its rows come and go by themselves: that is no drift, but a change of one that stays is."),
            Self::Partial => Some("Only what something else names is read: that a row is not here does not mean that it is gone."),
        }
    }
}

/// What a row hangs on when it has no life of its own: a route on its route table, an inline policy on its role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    /// The table of the parent.
    pub table: &'static str,
    /// What they have in common, as `(column of the part, column of the parent)`, all of it within an account.
    pub columns: &'static [(&'static str, &'static str)],
}

/// Tables in which some rows are listed only while something uses them, and the column that is true for those: that such a row came or
/// went is no change of it. GetAccountAuthorizationDetails leaves out AWS's own policies that nobody has attached.
const LISTED_IN_USE: &[(&str, &str)] = &[("aws_iam_policy", "is_aws_managed")];

/// The column that is true for rows of a table that are listed only while something uses them.
pub fn listed_in_use(table: &str) -> Option<&'static str> {
    LISTED_IN_USE.iter().find(|(name, _)| *name == table).map(|(_, column)| *column)
}
