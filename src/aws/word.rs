//! Words of AWS's enumerations. The SDK turns a word that it does not know into a variant of its own; so does AWS grow.

/// An enumeration of the SDK.
pub trait Word {
    /// The word as AWS sends it.
    fn text(&self) -> &str;
    /// Whether the SDK's model has it.
    fn is_known(&self) -> bool;
}

/// Makes enumerations of an SDK crate [`Word`]s.
macro_rules! words {
    ($($type:path),+ $(,)?) => {
        $(impl $crate::aws::Word for $type {
            fn text(&self) -> &str {
                self.as_str()
            }
            fn is_known(&self) -> bool {
                <$type>::values().contains(&self.as_str())
            }
        })+
    };
}
pub(crate) use words;
