//! Python's operators on values that can be told.

use ruff_python_ast::{CmpOp, Operator, UnaryOp};

use super::value::Value;

/// The largest text or list that is made here.
const MOST: usize = 100_000;

/// `-x`, `+x`, `~x`; None where that has no value here.
pub fn unary(op: UnaryOp, operand: &Value) -> Option<Value> {
    Some(match (op, operand) {
        (UnaryOp::USub, Value::Int(n)) => Value::Int(n.checked_neg()?),
        (UnaryOp::USub, Value::Float(n)) => Value::Float(-n),
        (UnaryOp::UAdd, Value::Int(_) | Value::Float(_)) => operand.clone(),
        (UnaryOp::Invert, Value::Int(n)) => Value::Int(!n),
        _ => return None,
    })
}

/// `left op right`; None where that has no value here.
pub fn binary(op: Operator, left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => integers(op, *a, *b),
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => floats(op, float(left)?, float(right)?),
        (Value::Str(a), Value::Str(b)) if op == Operator::Add => Some(Value::Str(format!("{a}{b}"))),
        (Value::Str(pattern), value) if op == Operator::Mod => percent(pattern, value),
        (Value::Str(text), Value::Int(n)) if op == Operator::Mult => {
            let n = usize::try_from(*n).unwrap_or(0);
            (text.len().checked_mul(n)? <= MOST).then(|| Value::Str(text.repeat(n)))
        }
        (Value::List(a), Value::List(b)) if op == Operator::Add => Some(Value::List([&a[..], b].concat())),
        (Value::Tuple(a), Value::Tuple(b)) if op == Operator::Add => Some(Value::Tuple([&a[..], b].concat())),
        (Value::List(items), Value::Int(n)) if op == Operator::Mult => {
            let n = usize::try_from(*n).unwrap_or(0);
            (items.len().checked_mul(n)? <= MOST)
                .then(|| Value::List(std::iter::repeat_n(items.clone(), n).flatten().collect()))
        }
        (Value::Dict(a), Value::Dict(b)) if op == Operator::BitOr => {
            let mut pairs = a.clone();
            b.iter().for_each(|(key, value)| put(&mut pairs, key.clone(), value.clone()));
            Some(Value::Dict(pairs))
        }
        _ => None,
    }
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Int(n) => Some(*n as f64),
        Value::Float(n) => Some(*n),
        _ => None,
    }
}

fn integers(op: Operator, a: i128, b: i128) -> Option<Value> {
    Some(Value::Int(match op {
        Operator::Add => a.checked_add(b)?,
        Operator::Sub => a.checked_sub(b)?,
        Operator::Mult => a.checked_mul(b)?,
        Operator::Div => return (b != 0).then(|| Value::Float(a as f64 / b as f64)),
        // Python rounds down, also below 0.
        Operator::FloorDiv => (b != 0).then(|| (a as f64 / b as f64).floor() as i128).filter(|_| a.abs() < 1 << 52)?,
        Operator::Mod => (b != 0).then(|| ((a % b) + b) % b)?,
        Operator::Pow => a.checked_pow(u32::try_from(b).ok()?)?,
        Operator::LShift => a.checked_mul(2i128.checked_pow(u32::try_from(b).ok()?)?)?,
        Operator::RShift => a >> u32::try_from(b).ok().filter(|b| *b < 127)?,
        Operator::BitOr => a | b,
        Operator::BitXor => a ^ b,
        Operator::BitAnd => a & b,
        Operator::MatMult => return None,
    }))
}

fn floats(op: Operator, a: f64, b: f64) -> Option<Value> {
    Some(Value::Float(match op {
        Operator::Add => a + b,
        Operator::Sub => a - b,
        Operator::Mult => a * b,
        Operator::Div if b != 0.0 => a / b,
        Operator::FloorDiv if b != 0.0 => (a / b).floor(),
        Operator::Pow => a.powf(b),
        _ => return None,
    }))
}

/// `"%s and %d" % values`.
fn percent(pattern: &str, values: &Value) -> Option<Value> {
    let mut values = match values {
        Value::Tuple(items) => items.clone(),
        one => vec![one.clone()],
    }
    .into_iter();
    let mut whole = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            whole.push(letter);
            continue;
        }
        match letters.next()? {
            '%' => whole.push('%'),
            's' => whole.push_str(&values.next()?.text()?),
            'd' => match values.next()? {
                Value::Int(n) => whole.push_str(&n.to_string()),
                _ => return None,
            },
            _ => return None,
        }
    }
    values.next().is_none().then_some(Value::Str(whole))
}

/// Which of two numbers or texts comes first.
pub fn ordered(op: CmpOp, left: &Value, right: &Value) -> Option<bool> {
    let order = match (left, right) {
        (Value::Str(a), Value::Str(b)) => a.cmp(b),
        _ => float(left)?.partial_cmp(&float(right)?)?,
    };
    Some(match op {
        CmpOp::Lt => order.is_lt(),
        CmpOp::LtE => order.is_le(),
        CmpOp::Gt => order.is_gt(),
        CmpOp::GtE => order.is_ge(),
        _ => return None,
    })
}

/// The values without repetitions, in their order.
pub fn distinct(values: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for value in values {
        if !kept.iter().any(|known| known.equals(&value) == Some(true)) {
            kept.push(value);
        }
    }
    kept
}

/// Sets a key of a dictionary.
pub fn put(pairs: &mut Vec<(Value, Value)>, key: Value, value: Value) {
    match pairs.iter_mut().find(|(known, _)| known.equals(&key) == Some(true)) {
        Some(pair) => pair.1 = value,
        None => pairs.push((key, value)),
    }
}
