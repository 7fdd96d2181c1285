//! Yes, no, and what cannot be decided from here.

use crate::inventory::Fact;

/// An answer. The connectives are Kleene's, as SQL has them: what is undecided stays so unless the rest decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// It cannot be decided: something was not read, or hangs on the request.
    Open,
}

impl Truth {
    /// Both.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Open,
        }
    }

    /// One of them, or both.
    pub fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }

    /// The contrary.
    #[allow(clippy::should_implement_trait)]
    pub fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Open => Self::Open,
        }
    }

    /// Whether all are so.
    pub fn all(items: impl IntoIterator<Item = Self>) -> Self {
        items.into_iter().fold(Self::Yes, Self::and)
    }

    /// Whether one is so.
    pub fn any(items: impl IntoIterator<Item = Self>) -> Self {
        items.into_iter().fold(Self::No, Self::or)
    }

    /// As a fact: what is open is unread.
    pub fn fact(self) -> Fact<bool> {
        match self {
            Self::Yes => Fact::Known(true),
            Self::No => Fact::Known(false),
            Self::Open => Fact::Unread,
        }
    }
}

impl From<bool> for Truth {
    fn from(is_so: bool) -> Self {
        if is_so { Self::Yes } else { Self::No }
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{self, No, Open, Yes};

    #[test]
    fn what_is_open_stays_so_unless_the_rest_decides() {
        assert_eq!([Yes.and(Open), No.and(Open), Open.and(No), Yes.and(Yes)], [Open, No, No, Yes]);
        assert_eq!([Yes.or(Open), No.or(Open), Open.or(Yes), No.or(No)], [Yes, Open, Yes, No]);
        assert_eq!((Truth::all([]), Truth::any([])), (Yes, No));
    }
}
