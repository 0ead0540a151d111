//! Tables of fields: the one place that says which fields a kind of definition has.

/// A kind of map and its fields.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// What messages call it: `a metric`.
    pub name: &'static str,
    /// Its fields, in the order in which messages list them.
    pub fields: &'static [&'static [Field]],
}

/// One field of a kind of definition.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// What it takes.
    pub ty: FieldType,
    /// What it means, in one line.
    pub summary: &'static str,
    /// For a field that this version does not have: what to write instead.
    pub later: Option<&'static str>,
    /// Whether a definition without it is a mistake.
    pub needed: bool,
    /// Whether a definition has exactly one of the fields of which this is said.
    pub alternative: bool,
    /// For [`FieldType::Other`]: what that looks like.
    pub shape: Option<Shape>,
}

/// What a value looks like, for editors.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A single value (or names).
    Of(FieldType),
    /// A map with the fields of that kind.
    Map(&'static Kind),
    /// A map with these fields and any others.
    OpenMap(&'static Kind),
    /// A map from names to such values.
    Named(&'static Shape),
    /// A map from any texts to such values.
    Keyed(&'static Shape),
    /// A list of such values.
    List(&'static Shape),
    /// A list of exactly two.
    Pair(&'static Shape),
    /// One of these.
    Either(&'static [Shape]),
    /// A text of which this regular expression is all.
    Matching(&'static str),
    /// Nothing after the key.
    Nothing,
}

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// Any text.
    Text,
    /// One name.
    Name,
    /// One name or a list of names.
    Names,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// `28 days`.
    Duration,
    /// An expression.
    Expression,
    /// One of these words.
    Words(&'static [&'static str]),
    /// Something of its own, in these words.
    Other(&'static str),
}

impl FieldType {
    /// What it takes, in words: `a whole number`.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Name => "a name".to_owned(),
            Self::Names => "a name or a list of names".to_owned(),
            Self::Bool => "`true` or `false`".to_owned(),
            Self::Integer => "a whole number".to_owned(),
            Self::Duration => "a length of time such as `28 days`".to_owned(),
            Self::Expression => "an expression".to_owned(),
            Self::Words(words) => format!("one of {}", list(words.iter().copied())),
            Self::Other(words) => words.to_owned(),
        }
    }
}

impl Field {
    pub(super) const fn new(name: &'static str, ty: FieldType, summary: &'static str) -> Self {
        Self { name, ty, summary, later: None, needed: false, alternative: false, shape: None }
    }

    /// A definition without it is a mistake.
    pub(super) const fn needed(mut self) -> Self {
        self.needed = true;
        self
    }

    /// A definition has exactly one of the fields of which this is said.
    pub(super) const fn alternative(mut self) -> Self {
        self.alternative = true;
        self
    }

    /// What it looks like.
    pub(super) const fn shaped(mut self, shape: Shape) -> Self {
        self.shape = Some(shape);
        self
    }

    pub(super) const fn later(
        name: &'static str,
        summary: &'static str,
        instead: &'static str,
    ) -> Self {
        Self {
            name,
            ty: FieldType::Other("what a later version says"),
            summary,
            later: Some(instead),
            needed: false,
            alternative: false,
            shape: None,
        }
    }
}

impl Kind {
    /// All fields, those that this version lacks included.
    pub fn all(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().flat_map(|table| table.iter())
    }

    /// The fields of this version.
    pub fn current(&self) -> impl Iterator<Item = &'static Field> {
        self.all().filter(|field| field.later.is_none())
    }

    pub(super) fn find(&self, name: &str) -> Option<&'static Field> {
        self.all().find(|field| field.name == name)
    }
}

/// Words in backquotes, joined by commas.
pub(super) fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
