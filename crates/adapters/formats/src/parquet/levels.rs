//! From Parquet columns back to record columns, by definition and repetition levels.

use emulator_domain::record::{
    Cells, Column, Field, FoundColumn, LogicalType, Presence, TextCells,
};
use parquet::basic::ConvertedType;
use parquet::schema::types::Type;

use super::depth::Depth;
use super::leaf::Leaf;

/// The nodes of a column that hold a field's values. `Err` describes a mismatch.
pub(super) enum Shape {
    /// A leaf, and its number among the leaves of the column.
    Leaf(usize, Depth),
    /// A shape for each field.
    Struct(Depth, Vec<Self>),
    /// The list, its elements, and their shape.
    Array(Depth, Depth, Box<Self>),
    /// Likewise for keys and values.
    Map(Depth, Depth, Box<[Self; 2]>),
}

impl Shape {
    /// The shape of `node` for `field`; `leaf` counts the leaves before it.
    pub(super) fn new(
        field: &Field,
        node: &Type,
        around: Depth,
        leaf: usize,
    ) -> Result<Self, String> {
        let depth = around.of(node);
        let wrong = |expected: &str| {
            Err(format!(
                "column {} is no {expected}, which field {} is",
                node.name(),
                field.name
            ))
        };
        match &field.logical_type {
            LogicalType::Struct(fields) if node.is_group() && !is_list(node) => {
                let children = node.get_fields();
                let shapes = fields.iter().map(|field| {
                    let mut before = leaf;
                    for child in children {
                        if child.name() == field.name {
                            return Self::new(field, child, depth, before);
                        }
                        before += leaves(child);
                    }
                    Err(format!(
                        "column {} has no field {}",
                        node.name(),
                        field.name
                    ))
                });
                Ok(Self::Struct(depth, shapes.collect::<Result<_, _>>()?))
            }
            LogicalType::Struct(_) => wrong("struct"),
            LogicalType::Array(element) if is_list(node) => {
                let list = &node.get_fields()[0];
                let inner = depth.of(list);
                // Some writers omit the element's node if it cannot be null.
                let is_two_level = list.is_primitive()
                    || list.get_fields().len() != 1
                    || list.name() == "array"
                    || list.name() == format!("{}_tuple", node.name());
                let shape = match is_two_level {
                    true => Self::bare(element, list, inner, leaf)?,
                    false => Self::new(element, &list.get_fields()[0], inner, leaf)?,
                };
                Ok(Self::Array(depth, inner, Box::new(shape)))
            }
            LogicalType::Array(_) => wrong("list"),
            LogicalType::Map(value) => {
                let entries = node.is_group().then(|| node.get_fields()).filter(|fields| {
                    fields.len() == 1 && fields[0].is_group() && fields[0].get_fields().len() == 2
                });
                let Some([entries]) = entries else {
                    return wrong("map");
                };
                let inner = depth.of(entries);
                let key = Field::new("key", LogicalType::Text, "");
                let [first, second] = entries.get_fields() else {
                    return wrong("map");
                };
                let shapes = [
                    Self::new(&key, first, inner, leaf)?,
                    Self::new(value, second, inner, leaf + leaves(first))?,
                ];
                Ok(Self::Map(depth, inner, Box::new(shapes)))
            }
            _ if node.is_primitive() && depth.lists == around.lists => Ok(Self::Leaf(leaf, depth)),
            _ => wrong("single value"),
        }
    }

    /// The shape of a repeated node that is itself the element.
    fn bare(field: &Field, node: &Type, depth: Depth, leaf: usize) -> Result<Self, String> {
        match node.is_primitive() {
            true => Ok(Self::Leaf(leaf, depth)),
            false => Err(format!(
                "column {} has lists of groups without elements, as field {} cannot be read",
                node.name(),
                field.name
            )),
        }
    }

    /// The first leaf inside, whose levels describe everything around it.
    fn first(&self) -> usize {
        match self {
            Self::Leaf(leaf, _) => *leaf,
            Self::Struct(_, shapes) => shapes[0].first(),
            Self::Array(_, _, element) => element.first(),
            Self::Map(_, _, shapes) => shapes[0].first(),
        }
    }

    /// The values of `field`, one for each slot of `around`.
    pub(super) fn column(&self, field: &Field, leaves: &[Leaf], around: Depth) -> Column {
        let slots = |leaf: &Leaf| leaf.slots(around).collect::<Vec<_>>();
        match (self, &field.logical_type) {
            (Self::Leaf(leaf, depth), _) => {
                let mut found = FoundColumn::new(field).expect("a leaf is of no nested type");
                leaves[*leaf].find(*depth, around, &mut found);
                found.into_column()
            }
            (Self::Struct(depth, shapes), LogicalType::Struct(fields)) => {
                let columns = shapes.iter().zip(fields.iter());
                let columns = columns.map(|(shape, field)| shape.column(field, leaves, around));
                let column = Column::new(Cells::Struct(columns.collect()));
                present(
                    column,
                    &leaves[self.first()],
                    &slots(&leaves[self.first()]),
                    *depth,
                )
            }
            (Self::Array(depth, inner, shape), LogicalType::Array(element)) => {
                let leaf = &leaves[self.first()];
                let slots = slots(leaf);
                let column = Column::new(Cells::Array {
                    ends: leaf.ends(&slots, *inner),
                    elements: Box::new(shape.column(element, leaves, *inner)),
                });
                present(column, leaf, &slots, *depth)
            }
            (Self::Map(depth, inner, shapes), LogicalType::Map(value)) => {
                let leaf = &leaves[self.first()];
                let slots = slots(leaf);
                let key = Field::new("key", LogicalType::Text, "");
                let [first, second] = &**shapes;
                let column = Column::new(Cells::Map {
                    ends: leaf.ends(&slots, *inner),
                    keys: Box::new(all_texts(first.column(&key, leaves, *inner))),
                    values: Box::new(second.column(value, leaves, *inner)),
                });
                present(column, leaf, &slots, *depth)
            }
            _ => unreachable!("a shape is made for its field"),
        }
    }
}

/// Removes what is not defined down to `depth`.
fn present(mut column: Column, leaf: &Leaf, slots: &[usize], depth: Depth) -> Column {
    for (row, slot) in slots.iter().enumerate() {
        if leaf.defined(*slot) < depth.defined {
            column.remove(row, Presence::Null);
        }
    }
    column
}

/// Map keys are never null; a key that is not a text becomes an empty one.
fn all_texts(column: Column) -> Column {
    if column.is_full() {
        return column;
    }
    let mut texts = TextCells::default();
    for row in 0..column.len() {
        match column.get(row) {
            emulator_domain::record::Value::Text(text) => texts.push(text),
            _ => texts.push(""),
        }
    }
    Column::new(Cells::Text(texts))
}

fn is_list(node: &Type) -> bool {
    node.is_group()
        && node.get_basic_info().converted_type() == ConvertedType::LIST
        && node.get_fields().len() == 1
}

/// The number of leaves below a node.
pub(super) fn leaves(node: &Type) -> usize {
    match node.is_primitive() {
        true => 1,
        false => node.get_fields().iter().map(|child| leaves(child)).sum(),
    }
}
