//! `CREATE TABLE` statements of PostgreSQL, MySQL and SQLite; foreign keys become references.

use emulator_model::ModelError;
use sqlparser::ast::{
    AlterTableOperation, CharacterLength, ColumnDef, ColumnOption, CreateTable, DataType,
    EnumMember, ExactNumberInfo, Expr, ForeignKeyConstraint, Ident, IndexColumn, ObjectName,
    Statement, TableConstraint,
};
use sqlparser::dialect::{Dialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

use super::draft::{Draft, Field, Kind, Reference, Table};
use super::{ImportKind, choice, error};

pub(super) fn read(text: &str, kind: ImportKind) -> Result<Draft, ModelError> {
    let dialect: &dyn Dialect = match kind {
        ImportKind::Mysql => &MySqlDialect {},
        ImportKind::Sqlite => &SQLiteDialect {},
        _ => &PostgreSqlDialect {},
    };
    let statements = Parser::parse_sql(dialect, text).map_err(|cause| {
        error(format!(
            "this is no SQL of {kind}: {cause}; another dialect is chosen by --from"
        ))
    })?;
    let mut tables = Vec::new();
    for statement in statements {
        match statement {
            Statement::CreateTable(create) => tables.push(table(&create)),
            // pg_dump adds keys with ALTER TABLE.
            Statement::AlterTable(alter) => {
                let name = last(&alter.name);
                let Some(table) = tables
                    .iter_mut()
                    .find(|table: &&mut Table| table.name == name)
                else {
                    continue;
                };
                for operation in &alter.operations {
                    if let AlterTableOperation::AddConstraint { constraint, .. } = operation {
                        constrain(table, constraint);
                    }
                }
            }
            _ => {}
        }
    }
    if tables.is_empty() {
        return Err(error(
            "no CREATE TABLE statement; expected at least one".to_owned(),
        ));
    }
    Ok(Draft { tables })
}

fn table(create: &CreateTable) -> Table {
    let mut table = Table {
        is_bounded: true,
        ..Table::events(
            last(&create.name),
            create.columns.iter().map(column).collect::<Vec<_>>(),
        )
    };
    for column in &create.columns {
        for option in &column.options {
            match &option.option {
                ColumnOption::PrimaryKey(_) => table.key = Some(column.name.value.clone()),
                ColumnOption::ForeignKey(key) => {
                    refer(&mut table, std::slice::from_ref(&column.name), key);
                }
                _ => {}
            }
        }
    }
    for constraint in &create.constraints {
        constrain(&mut table, constraint);
    }
    table
}

fn constrain(table: &mut Table, constraint: &TableConstraint) {
    match constraint {
        TableConstraint::PrimaryKey(key) => match names(&key.columns).as_slice() {
            [one] => table.key = Some(one.clone()),
            several => {
                let several = several.join(", ");
                table.notes.push(format!(
                    "the key is ({several}); its combinations may repeat"
                ));
            }
        },
        TableConstraint::Unique(unique) => {
            if let [one] = names(&unique.columns).as_slice()
                && let Some(field) = table.fields.iter_mut().find(|field| field.name == *one)
            {
                field.is_unique = true;
            }
        }
        TableConstraint::ForeignKey(key) => refer(table, &key.columns, key),
        TableConstraint::Check(check) => table
            .notes
            .push(format!("not looked at: CHECK ({})", check.expr)),
        _ => {}
    }
}

fn names(columns: &[IndexColumn]) -> Vec<String> {
    let names = columns.iter().map(|column| match &column.column.expr {
        Expr::Identifier(Ident { value, .. }) => value.clone(),
        other => other.to_string(),
    });
    names.collect()
}

/// The first field of a key selects the record; the others are taken from the same record.
fn refer(table: &mut Table, columns: &[Ident], key: &ForeignKeyConstraint) {
    for (number, column) in columns.iter().enumerate() {
        let target = key.referred_columns.get(number);
        let Some(field) = table
            .fields
            .iter_mut()
            .find(|field| field.name == column.value)
        else {
            continue;
        };
        field.reference = Some(Reference {
            table: last(&key.foreign_table),
            // Without column names it refers to the other table's primary key.
            field: target.map_or(String::new(), |target| target.value.clone()),
            through: (number > 0).then(|| columns[0].value.clone()),
        });
    }
}

fn column(column: &ColumnDef) -> Field {
    let mut field = Field::new(column.name.value.clone(), Kind::Text(None));
    field.kind = match kind(&column.data_type) {
        Some(kind) => kind,
        None => {
            field.note(format!("{} as a text", column.data_type));
            Kind::Text(None)
        }
    };
    if let DataType::Numeric(ExactNumberInfo::None) | DataType::Decimal(ExactNumberInfo::None) =
        &column.data_type
    {
        field.note("the digits after the point");
    }
    let mut may_be_null = true;
    for option in &column.options {
        match &option.option {
            ColumnOption::NotNull | ColumnOption::PrimaryKey(_) => may_be_null = false,
            ColumnOption::Unique(_) => field.is_unique = true,
            ColumnOption::Check(check) => {
                field.note(format!("not looked at: CHECK ({})", check.expr))
            }
            _ => {}
        }
    }
    // A serial column generates its own values.
    let is_serial = column
        .data_type
        .to_string()
        .to_ascii_lowercase()
        .contains("serial");
    if may_be_null && !is_serial {
        field.make_nullable();
    }
    field
}

fn kind(data_type: &DataType) -> Option<Kind> {
    use DataType as T;
    let bits = |bits: u32| Kind::Integer {
        min: i64::MIN >> (64 - bits),
        max: i64::MAX >> (64 - bits),
    };
    let unsigned = |bits: u32| Kind::Integer {
        min: 0,
        max: i64::MAX >> (63 - bits.min(63)),
    };
    let text = |length: &Option<CharacterLength>| {
        Kind::Text(match length {
            Some(CharacterLength::IntegerLength { length, .. }) => Some(*length),
            _ => None,
        })
    };
    Some(match data_type {
        T::Bool | T::Boolean => Kind::Boolean,
        T::TinyInt(Some(1)) => Kind::Boolean,
        T::TinyInt(_) => bits(8),
        T::SmallInt(_) | T::Int2(_) => bits(16),
        T::MediumInt(_) => bits(24),
        T::Int(_) | T::Integer(_) | T::Int4(_) => bits(32),
        T::BigInt(_) | T::Int8(_) => bits(64),
        T::TinyIntUnsigned(_) => unsigned(8),
        T::SmallIntUnsigned(_) | T::Int2Unsigned(_) => unsigned(16),
        T::MediumIntUnsigned(_) => unsigned(24),
        T::IntUnsigned(_) | T::IntegerUnsigned(_) | T::Int4Unsigned(_) => unsigned(32),
        T::BigIntUnsigned(_) | T::Int8Unsigned(_) => unsigned(64),
        T::Real | T::Float(_) | T::Float4 | T::Float8 | T::Double(_) | T::DoublePrecision => {
            Kind::Float
        }
        T::Numeric(size) | T::Decimal(size) | T::Dec(size) | T::DecimalUnsigned(size) => match size
        {
            ExactNumberInfo::None => decimal(12, 2),
            ExactNumberInfo::Precision(precision) => decimal(clamped(*precision), 0),
            ExactNumberInfo::PrecisionAndScale(precision, scale) => {
                decimal(clamped(*precision), u32::try_from(*scale).unwrap_or(0))
            }
        },
        T::Character(length)
        | T::Char(length)
        | T::CharacterVarying(length)
        | T::CharVarying(length)
        | T::Varchar(length)
        | T::Nvarchar(length) => text(length),
        T::Text | T::TinyText | T::MediumText | T::LongText | T::Clob(_) | T::String(_) => {
            Kind::Text(None)
        }
        T::Binary(_)
        | T::Varbinary(_)
        | T::Blob(_)
        | T::TinyBlob
        | T::MediumBlob
        | T::LongBlob
        | T::Bytea => Kind::Bytes,
        T::Uuid => Kind::Uuid,
        T::Date => Kind::Date,
        T::Time(..) => Kind::Time,
        T::Datetime(_) | T::Timestamp(..) | T::TimestampNtz(_) => Kind::Timestamp,
        T::Enum(members, _) => choice(members.iter().map(|member| match member {
            EnumMember::Name(name) | EnumMember::NamedValue(name, _) => name,
        })),
        T::Array(element) => {
            use sqlparser::ast::ArrayElemTypeDef as E;
            let (E::AngleBracket(element) | E::SquareBracket(element, _) | E::Parenthesis(element)) =
                element
            else {
                return None;
            };
            Kind::Array(Field::new("item", kind(element)?).into())
        }
        T::Custom(name, _) => match &*last(name).to_ascii_lowercase() {
            "serial" | "serial4" => Kind::Integer {
                min: 1,
                max: i32::MAX.into(),
            },
            "bigserial" | "serial8" => Kind::Integer {
                min: 1,
                max: i64::MAX,
            },
            "smallserial" | "serial2" => Kind::Integer {
                min: 1,
                max: i16::MAX.into(),
            },
            "inet" => super::fake(super::IPV4),
            _ => return None,
        },
        _ => return None,
    })
}

fn clamped(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn last(name: &ObjectName) -> String {
    let part = name.0.last().and_then(|part| part.as_ident());
    part.map_or_else(|| name.to_string(), |ident| ident.value.clone())
}

const fn decimal(precision: u32, scale: u32) -> Kind {
    Kind::Decimal { precision, scale }
}
