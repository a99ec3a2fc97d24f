//! From the parsed expression to type-checked steps.

use cel::common::ast::operators as op;
use cel::common::ast::{Expr, LiteralValue};
use emulator_domain::record::LogicalType;

use crate::Node;
use crate::compile::Context;

/// The type of an intermediate value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Boolean,
    Int,
    Double,
    Text,
    Timestamp,
}

impl Type {
    const fn name(self) -> &'static str {
        match self {
            Self::Boolean => "bool",
            Self::Int => "int",
            Self::Double => "double",
            Self::Text => "string",
            Self::Timestamp => "timestamp",
        }
    }
}

/// A step and the properties of its values.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(super) step: Step,
    pub(super) result: Type,
    /// Whether it may have no value.
    pub(super) may_fail: bool,
}

#[derive(Debug)]
pub(super) enum Step {
    Field(usize),
    Boolean(bool),
    Int(i64),
    Double(f64),
    Text(Box<str>),
    /// Both sides are ints, or both doubles.
    Arithmetic(Arithmetic, Box<[Checked; 2]>),
    Negate(Box<Checked>),
    Concatenate(Box<[Checked; 2]>),
    /// Both sides are of one type.
    Compare(Comparison, Box<[Checked; 2]>),
    /// Both sides are booleans.
    Logic {
        all: bool,
        sides: Box<[Checked; 2]>,
    },
    Not(Box<Checked>),
    Conditional(Box<[Checked; 3]>),
    IsNull {
        step: Box<Checked>,
        negated: bool,
    },
    /// Whether a value is among others of its type.
    In(Box<Checked>, Vec<Checked>),
    ToDouble(Box<Checked>),
    ToInt(Box<Checked>),
    ToText(Box<Checked>),
    Text1(TextFunction, Box<Checked>),
    Text2(TextTest, Box<[Checked; 2]>),
    TimePart(TimePart, Box<Checked>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextFunction {
    Size,
    Lower,
    Upper,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimePart {
    Year,
    Month,
    DayOfMonth,
    Date,
    DayOfWeek,
    Hours,
    Minutes,
    Seconds,
}

const FUNCTIONS: &str = "size, startsWith, endsWith, contains, lowerAscii, upperAscii, int, double, \
     string, getFullYear, getMonth, getDate, getDayOfMonth, getDayOfWeek, getHours, getMinutes and \
     getSeconds";

impl Checked {
    const fn sure(step: Step, result: Type) -> Self {
        Self {
            step,
            result,
            may_fail: false,
        }
    }

    fn boxed(self) -> Box<Self> {
        Box::new(self)
    }

    /// Converts a number to a double; leaves other types unchanged.
    fn into_double(self) -> Self {
        match self.result {
            Type::Int => {
                let may_fail = self.may_fail;
                Self {
                    step: Step::ToDouble(self.boxed()),
                    result: Type::Double,
                    may_fail,
                }
            }
            _ => self,
        }
    }
}

/// Type-checks an expression.
pub(super) fn check(
    expr: &Expr,
    context: &mut Context<'_>,
    node: &Node,
) -> Result<Checked, String> {
    match expr {
        Expr::Literal(literal) => match literal {
            LiteralValue::Boolean(value) => {
                Ok(Checked::sure(Step::Boolean(*value.inner()), Type::Boolean))
            }
            LiteralValue::Int(value) => Ok(Checked::sure(Step::Int(*value.inner()), Type::Int)),
            LiteralValue::UInt(_) => {
                Err("unsigned numbers such as 5u are not supported; expected 5".to_owned())
            }
            LiteralValue::Double(value) => {
                Ok(Checked::sure(Step::Double(*value.inner()), Type::Double))
            }
            LiteralValue::String(value) => {
                Ok(Checked::sure(Step::Text(value.inner().into()), Type::Text))
            }
            LiteralValue::Null => Err("null stands alone only beside == and !=".to_owned()),
            LiteralValue::Bytes(_) => Err("bytes are not supported; expected a string".to_owned()),
        },
        Expr::Ident(name) => field(name, context, node),
        Expr::Call(call) => {
            let mut arguments: Vec<&Expr> = call.target.iter().map(|target| &target.expr).collect();
            arguments.extend(call.args.iter().map(|argument| &argument.expr));
            self::call(&call.func_name, &arguments, context, node)
        }
        Expr::Select(select) => Err(format!(
            "'.{}': parts of values cannot be used here; expected a field with a plain value",
            select.field
        )),
        Expr::List(_) => Err("a list stands only after 'in'".to_owned()),
        Expr::Comprehension(_) => Err("macros such as exists and map are not supported".to_owned()),
        Expr::Map(_) | Expr::Struct(_) => Err("maps and messages are not supported".to_owned()),
        Expr::Unspecified => Err("the expression is empty".to_owned()),
    }
}

fn field(name: &str, context: &mut Context<'_>, node: &Node) -> Result<Checked, String> {
    let Some(position) = context.earlier_named(name, node) else {
        // Already reported, with the names that exist.
        return Err(String::new());
    };
    let described = &context.fields[position].field;
    let result = match &described.logical_type {
        LogicalType::Boolean => Type::Boolean,
        LogicalType::Long => Type::Int,
        LogicalType::Float | LogicalType::Decimal { .. } => Type::Double,
        LogicalType::Text | LogicalType::Enum(_) | LogicalType::Uuid => Type::Text,
        LogicalType::Date | LogicalType::Timestamp => Type::Timestamp,
        other => return Err(format!("'{name}' cannot be computed with: it is {other:?}")),
    };
    Ok(Checked {
        step: Step::Field(position),
        result,
        may_fail: described.nullable,
    })
}

fn call(
    function: &str,
    arguments: &[&Expr],
    context: &mut Context<'_>,
    node: &Node,
) -> Result<Checked, String> {
    if let (op::EQUALS | op::NOT_EQUALS, [one, other]) = (function, arguments) {
        let is_null = |expr: &Expr| matches!(expr, Expr::Literal(LiteralValue::Null));
        let tested = match (is_null(one), is_null(other)) {
            (false, true) => Some(one),
            (true, false) => Some(other),
            _ => None,
        };
        if let Some(tested) = tested {
            let step = check(tested, context, node)?.boxed();
            let negated = function == op::NOT_EQUALS;
            return Ok(Checked::sure(Step::IsNull { step, negated }, Type::Boolean));
        }
    }
    if let (op::IN, [value, Expr::List(list)]) = (function, arguments) {
        let value = check(value, context, node)?;
        let mut among = Vec::new();
        for element in &list.elements {
            let element = check(&element.expr, context, node)?;
            if element.result != value.result {
                return Err(format!(
                    "'in' looks for a {} among values of which one is a {}",
                    value.result.name(),
                    element.result.name()
                ));
            }
            among.push(element);
        }
        let may_fail = value.may_fail || among.iter().any(|element| element.may_fail);
        return Ok(Checked {
            step: Step::In(value.boxed(), among),
            result: Type::Boolean,
            may_fail,
        });
    }
    let checked: Vec<Checked> = arguments
        .iter()
        .map(|argument| check(argument, context, node))
        .collect::<Result<_, _>>()?;
    let types: Vec<&str> = checked
        .iter()
        .map(|argument| argument.result.name())
        .collect();
    let types = types.join(", ");
    let may_fail = checked.iter().any(|argument| argument.may_fail);
    let applied = match <[Checked; 1]>::try_from(checked) {
        Ok([one]) => unary(function, one),
        Err(checked) => match <[Checked; 2]>::try_from(checked) {
            Ok([one, other]) => binary(function, one, other),
            Err(checked) => match <[Checked; 3]>::try_from(checked) {
                Ok(three) => conditional(function, three),
                Err(_) => None,
            },
        },
    };
    let (step, result, fails) = applied.ok_or_else(|| {
        format!(
            "no '{}' for ({types}); expected operators for values of one type, or one of {FUNCTIONS}",
            function.trim_matches(['_', '@'])
        )
    })?;
    Ok(Checked {
        step,
        result,
        may_fail: may_fail || fails,
    })
}

/// A step, the type of its values, and whether the step itself may fail.
type Applied = Option<(Step, Type, bool)>;

fn unary(function: &str, one: Checked) -> Applied {
    let text = |which, one: Checked, result| Some((Step::Text1(which, one.boxed()), result, false));
    let time = |part, one: Checked| Some((Step::TimePart(part, one.boxed()), Type::Int, false));
    match (function, one.result) {
        (op::LOGICAL_NOT, Type::Boolean) => Some((Step::Not(one.boxed()), Type::Boolean, false)),
        (op::NEGATE, result @ Type::Int) => Some((Step::Negate(one.boxed()), result, true)),
        (op::NEGATE, result @ Type::Double) => Some((Step::Negate(one.boxed()), result, false)),
        ("size", Type::Text) => text(TextFunction::Size, one, Type::Int),
        ("lowerAscii", Type::Text) => text(TextFunction::Lower, one, Type::Text),
        ("upperAscii", Type::Text) => text(TextFunction::Upper, one, Type::Text),
        ("int", Type::Int) | ("double", Type::Double) | ("string", Type::Text) => {
            let Checked { step, result, .. } = one;
            Some((step, result, false))
        }
        ("int", Type::Double | Type::Text) => Some((Step::ToInt(one.boxed()), Type::Int, true)),
        ("double", Type::Int) => Some((Step::ToDouble(one.boxed()), Type::Double, false)),
        ("double", Type::Text) => Some((Step::ToDouble(one.boxed()), Type::Double, true)),
        ("string", _) => Some((Step::ToText(one.boxed()), Type::Text, false)),
        ("getFullYear", Type::Timestamp) => time(TimePart::Year, one),
        ("getMonth", Type::Timestamp) => time(TimePart::Month, one),
        ("getDayOfMonth", Type::Timestamp) => time(TimePart::DayOfMonth, one),
        ("getDate", Type::Timestamp) => time(TimePart::Date, one),
        ("getDayOfWeek", Type::Timestamp) => time(TimePart::DayOfWeek, one),
        ("getHours", Type::Timestamp) => time(TimePart::Hours, one),
        ("getMinutes", Type::Timestamp) => time(TimePart::Minutes, one),
        ("getSeconds", Type::Timestamp) => time(TimePart::Seconds, one),
        _ => None,
    }
}

fn binary(function: &str, one: Checked, other: Checked) -> Applied {
    let arithmetic = match function {
        op::ADD => Some(Arithmetic::Add),
        op::SUBSTRACT => Some(Arithmetic::Subtract),
        op::MULTIPLY => Some(Arithmetic::Multiply),
        op::DIVIDE => Some(Arithmetic::Divide),
        op::MODULO => Some(Arithmetic::Modulo),
        _ => None,
    };
    let comparison = match function {
        op::EQUALS => Some(Comparison::Equal),
        op::NOT_EQUALS => Some(Comparison::NotEqual),
        op::LESS => Some(Comparison::Less),
        op::LESS_EQUALS => Some(Comparison::LessEqual),
        op::GREATER => Some(Comparison::Greater),
        op::GREATER_EQUALS => Some(Comparison::GreaterEqual),
        _ => None,
    };
    let (one, other) = match (one.result, other.result) {
        (Type::Int, Type::Double) => (one.into_double(), other),
        (Type::Double, Type::Int) => (one, other.into_double()),
        _ => (one, other),
    };
    let kind = one.result;
    if kind != other.result {
        return None;
    }
    let test = match function {
        "startsWith" => Some(TextTest::StartsWith),
        "endsWith" => Some(TextTest::EndsWith),
        "contains" => Some(TextTest::Contains),
        _ => None,
    };
    let sides = Box::new([one, other]);
    match (arithmetic, comparison, test, kind) {
        (Some(Arithmetic::Add), _, _, Type::Text) => {
            Some((Step::Concatenate(sides), Type::Text, false))
        }
        // Ints may overflow, and division by 0 is an error.
        (Some(arithmetic), _, _, Type::Int) => {
            Some((Step::Arithmetic(arithmetic, sides), Type::Int, true))
        }
        (Some(Arithmetic::Modulo), _, _, Type::Double) => None,
        (Some(arithmetic), _, _, Type::Double) => {
            Some((Step::Arithmetic(arithmetic, sides), Type::Double, true))
        }
        (_, Some(comparison), _, _) => {
            Some((Step::Compare(comparison, sides), Type::Boolean, false))
        }
        (_, _, Some(test), Type::Text) => Some((Step::Text2(test, sides), Type::Boolean, false)),
        _ => match (function, kind) {
            (op::LOGICAL_AND, Type::Boolean) => {
                Some((Step::Logic { all: true, sides }, Type::Boolean, false))
            }
            (op::LOGICAL_OR, Type::Boolean) => {
                Some((Step::Logic { all: false, sides }, Type::Boolean, false))
            }
            _ => None,
        },
    }
}

fn conditional(function: &str, [test, one, other]: [Checked; 3]) -> Applied {
    let (one, other) = match (one.result, other.result) {
        (Type::Int, Type::Double) => (one.into_double(), other),
        (Type::Double, Type::Int) => (one, other.into_double()),
        _ => (one, other),
    };
    let fits = test.result == Type::Boolean && one.result == other.result;
    let result = one.result;
    (function == op::CONDITIONAL && fits).then(|| {
        (
            Step::Conditional(Box::new([test, one, other])),
            result,
            false,
        )
    })
}
