//! A command's result, with what Python's types tell the formats of az.

use zeroize::Zeroizing;

/// A value. Texts are wiped: one of them is the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// None.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Number(u64),
    /// A text.
    Text(Zeroizing<String>),
    /// A list.
    List(Vec<Data>),
    /// A `dict`, in the order in which it was made: the formats sort it.
    Object(Vec<(String, Data)>),
    /// An `OrderedDict`, which a query made: the format tsv leaves its order.
    Ordered(Vec<(String, Data)>),
}

impl Data {
    /// A text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(Zeroizing::new(text.to_owned()))
    }

    /// A `dict`.
    #[must_use]
    pub fn object<'a>(fields: impl IntoIterator<Item = (&'a str, Data)>) -> Self {
        Self::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The fields of either kind of object.
    pub(super) fn fields(&self) -> Option<&[(String, Data)]> {
        match self {
            Self::Object(fields) | Self::Ordered(fields) => Some(fields),
            _ => None,
        }
    }

    /// A field's value; `Null` where there is none.
    pub(super) fn field(&self, name: &str) -> Data {
        let fields = self.fields().unwrap_or_default();
        fields.iter().find(|(known, _)| known == name).map_or(Data::Null, |(_, value)| value.clone())
    }

    /// The fields, by name.
    pub(super) fn sorted(fields: &[(String, Data)]) -> Vec<&(String, Data)> {
        let mut sorted: Vec<_> = fields.iter().collect();
        sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
        sorted
    }
}
