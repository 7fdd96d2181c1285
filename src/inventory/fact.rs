//! [`Fact`]: a value that was read, or the knowledge that it was not.
//!
//! What AWS says is absent is *known* and has a value of its own (`0`, `''`, `'[]'`, `false`); only what could not be read is
//! [`Fact::Unread`]. There is deliberately no `Default`, no `unwrap_or` and no conversion from `Option` that guesses: whoever
//! turns an absent member into a value has to say which value.

/// A field of a row that may have stayed unread. In SQLite it is the value, or NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact<T> {
    /// AWS answered, and this is what it said (or what its silence is documented to mean).
    Known(T),
    /// Nobody knows: the call failed, was never made, or its answer left the member out. Stored as NULL.
    Unread,
}

impl<T> Fact<T> {
    /// The value if AWS told it; a member that AWS left out stays unread.
    ///
    /// ```
    /// use driftlead::inventory::Fact;
    /// assert_eq!(Fact::told(Some(7)), Fact::Known(7));
    /// assert_eq!(Fact::told(None::<i64>), Fact::Unread);
    /// ```
    pub fn told(member: Option<T>) -> Self {
        match member {
            Some(value) => Self::Known(value),
            None => Self::Unread,
        }
    }

    /// The value if AWS told it; `absent` where AWS documents what leaving the member out means.
    ///
    /// ```
    /// use driftlead::inventory::Fact;
    /// // DescribeLogGroups leaves retentionInDays out when events never expire.
    /// assert_eq!(Fact::told_or(None, 0), Fact::Known(0));
    /// ```
    pub fn told_or(member: Option<T>, absent: T) -> Self {
        Self::Known(member.unwrap_or(absent))
    }

    /// The same fact about a value derived from this one.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Self::Known(value) => Fact::Known(f(value)),
            Self::Unread => Fact::Unread,
        }
    }

    /// A fact that needs this one: unread if either is.
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Fact<U>) -> Fact<U> {
        match self {
            Self::Known(value) => f(value),
            Self::Unread => Fact::Unread,
        }
    }

    /// A view of the fact that does not take it.
    pub fn as_ref(&self) -> Fact<&T> {
        match self {
            Self::Known(value) => Fact::Known(value),
            Self::Unread => Fact::Unread,
        }
    }

    /// The value, for code that handles the unread case itself.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unread => None,
        }
    }
}

/// A call that failed has already left its gap behind: what it would have told is unread.
impl<T, E> From<Result<T, E>> for Fact<T> {
    fn from(result: Result<T, E>) -> Self {
        match result {
            Ok(value) => Self::Known(value),
            Err(_) => Self::Unread,
        }
    }
}
