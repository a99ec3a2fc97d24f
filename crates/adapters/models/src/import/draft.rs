//! The result of an importer: tables of fields, before generators are chosen.

use emulator_model::Node;

/// The basis for a model.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) tables: Vec<Table>,
}

#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) fields: Vec<Field>,
    /// The field that identifies records, if there is one.
    pub(crate) key: Option<String>,
    /// Whether its records are entities that others can refer to; otherwise they are events.
    pub(crate) is_bounded: bool,
    /// Notes for readers of the model.
    pub(crate) notes: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The share of records without a value.
    pub(crate) null: f64,
    pub(crate) is_unique: bool,
    pub(crate) reference: Option<Reference>,
    pub(crate) notes: Vec<String>,
}

/// The fields of a table or struct, as another schema has them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    pub(crate) known: Vec<Field>,
    /// The names of those that a model cannot have.
    left_out: Vec<String>,
}

/// A foreign key.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) table: String,
    pub(crate) field: String,
    /// For a composite key: the field of the same table that selects the other record, for all
    /// components but the first.
    pub(crate) through: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Boolean,
    Integer {
        min: i64,
        max: i64,
    },
    Float,
    Decimal {
        precision: u32,
        scale: u32,
    },
    /// A text of at most so many characters.
    Text(Option<u64>),
    Bytes,
    Uuid,
    Date,
    Time,
    Timestamp,
    /// One of these values.
    Choice(Vec<Node>),
    Struct(Fields),
    Array(Box<Field>),
    Map(Box<Field>),
    /// A generator derived from values, with notes on what was guessed.
    Seen(Node),
}

/// The share of nulls in nullable fields about which nothing else is known.
pub(crate) const SOMETIMES_NULL: f64 = 0.1;

impl Field {
    pub(crate) fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            kind,
            null: 0.0,
            is_unique: false,
            reference: None,
            notes: Vec::new(),
        }
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Makes the field nullable, with an unspecified share of nulls.
    pub(crate) fn make_nullable(&mut self) {
        if self.null == 0.0 {
            self.null = SOMETIMES_NULL;
            self.note("the share without a value");
        }
    }
}

impl Fields {
    /// Appends what is known about the field of that name, if anything is.
    pub(crate) fn add(&mut self, name: &str, field: Option<Field>) {
        match field {
            Some(field) => self.known.push(field),
            None => self.left_out.push(name.to_owned()),
        }
    }

    /// `None` if a model can have none of them.
    pub(crate) fn if_any(self) -> Option<Self> {
        (!self.known.is_empty()).then_some(self)
    }

    /// What is said of those that are left out.
    pub(crate) fn notes(&self) -> impl Iterator<Item = String> {
        let left_out = self.left_out.iter();
        left_out.map(|name| {
            format!("{name} is left out: its type contains itself, has no fields or is unknown")
        })
    }
}

impl From<Vec<Field>> for Fields {
    fn from(known: Vec<Field>) -> Self {
        Self {
            known,
            left_out: Vec::new(),
        }
    }
}

impl Table {
    pub(crate) fn events(name: impl Into<String>, fields: impl Into<Fields>) -> Self {
        let fields = fields.into();
        Self {
            name: name.into(),
            notes: fields.notes().collect(),
            fields: fields.known,
            key: None,
            is_bounded: false,
        }
    }
}
