//! Types of Python's own library and of pydantic, by their dotted names.

use domain::Major;
use serde_json::{Map, Value as Json, json};

use super::annotation::Type;
use super::constraints::Limits;
use super::value::Value;

/// What stands before the brackets of `X[...]`.
pub enum Generic {
    Optional,
    Union,
    Array {
        is_set: bool,
    },
    Mapping,
    Counter,
    Tuple,
    Literal,
    Annotated,
    /// Says something about the field and leaves its type: `Final[int]`.
    Through,
    Pattern,
    Refused,
}

/// Functions that make types.
pub enum Made {
    New,
    Variable,
    Limited(Type),
    LimitedArray { is_set: bool },
}

/// A type with these members in its schema.
pub fn plain(members: &[(&str, &str)]) -> Type {
    Type::Plain(members.iter().map(|(key, value)| ((*key).to_owned(), Json::from(*value))).collect())
}

fn text(format: &str) -> Type {
    plain(&[("type", "string"), ("format", format)])
}

fn array(is_set: bool) -> Type {
    Type::Array { items: Box::new(Type::Any), is_set }
}

/// The name without the module that it can be imported from in several ways.
fn common(name: &str) -> &str {
    [
        "typing.",
        "typing_extensions.",
        "collections.abc.",
        "collections.",
        "builtins.",
        "pydantic.types.",
        "pydantic.networks.",
        "pydantic.",
    ]
    .iter()
    .find_map(|prefix| name.strip_prefix(prefix).filter(|rest| !rest.contains('.')))
    .unwrap_or(name)
}

/// The type of a name without brackets; None when it is of a library that is not in reach.
pub fn named(name: &str, major: Major) -> Option<Type> {
    if let Some(kind) = of_pydantic(name) {
        return Some(kind);
    }
    Some(match common(name) {
        "Any" | "object" => Type::Any,
        "int" => plain(&[("type", "integer")]),
        "float" => plain(&[("type", "number")]),
        "str" | "Text" | "LiteralString" => plain(&[("type", "string")]),
        "bool" => plain(&[("type", "boolean")]),
        "bytes" | "bytearray" => text("binary"),
        "complex" => plain(&[("type", "string")]),
        "list" | "List" | "Sequence" | "MutableSequence" | "Iterable" | "deque" | "Deque" | "tuple" | "Tuple" => {
            array(false)
        }
        "set" | "Set" | "frozenset" | "FrozenSet" | "AbstractSet" | "MutableSet" => array(true),
        "dict" | "Dict" | "Mapping" | "MutableMapping" | "defaultdict" | "DefaultDict" | "OrderedDict" => {
            Type::Mapping(Box::new(Type::Any), Box::new(Type::Any))
        }
        "Counter" => Type::Mapping(Box::new(Type::Any), Box::new(plain(&[("type", "integer")]))),
        "Callable" | "type" | "Type" | "Iterator" | "Generator" => Type::Refused,
        "datetime.datetime" => text("date-time"),
        "datetime.date" => text("date"),
        "datetime.time" => text("time"),
        "datetime.timedelta" => text("duration"),
        "uuid.UUID" => text("uuid"),
        "pathlib.Path" | "pathlib.PurePath" | "pathlib.PosixPath" | "pathlib.PurePosixPath" | "os.PathLike" => {
            text("path")
        }
        "re.Pattern" | "Pattern" => text("regex"),
        "ipaddress.IPv4Address" => text("ipv4"),
        "ipaddress.IPv6Address" => text("ipv6"),
        "ipaddress.IPv4Network" => text("ipv4network"),
        "ipaddress.IPv6Network" => text("ipv6network"),
        "ipaddress.IPv4Interface" => text("ipv4interface"),
        "ipaddress.IPv6Interface" => text("ipv6interface"),
        "decimal.Decimal" => decimal(major),
        "pendulum.DateTime" if major == Major::V2 => text("date-time"),
        "pendulum.Date" if major == Major::V2 => text("date"),
        "pendulum.Duration" if major == Major::V2 => text("duration"),
        _ => return None,
    })
}

/// A number, or text that is one: the pydantic that Prefect 2 is installed with says how the text looks.
fn decimal(major: Major) -> Type {
    let mut words = Map::from_iter([("type".to_owned(), json!("string"))]);
    if major == Major::V2 {
        words.insert("pattern".to_owned(), json!("^(?!^[-+.]*$)[+-]?0*\\d*\\.?\\d*$"));
    }
    Type::Union(vec![plain(&[("type", "number")]), Type::Plain(words)])
}

fn limited(kind: &str, limit: &str, value: i128) -> Type {
    Type::Limited(Box::new(plain(&[("type", kind)])), Limits(vec![(limit.to_owned(), Value::Int(value))]))
}

fn of_pydantic(name: &str) -> Option<Type> {
    let name = name.strip_prefix("pydantic.")?;
    let name = name.strip_prefix("types.").or_else(|| name.strip_prefix("networks.")).unwrap_or(name);
    let url = |most: bool| {
        let mut members = Map::from_iter([
            ("type".to_owned(), json!("string")),
            ("format".to_owned(), json!("uri")),
            ("minLength".to_owned(), json!(1)),
        ]);
        if most {
            members.insert("maxLength".to_owned(), json!(2083));
        }
        Type::Plain(members)
    };
    Some(match name {
        "StrictInt" => plain(&[("type", "integer")]),
        "StrictFloat" | "FiniteFloat" => plain(&[("type", "number")]),
        "StrictStr" => plain(&[("type", "string")]),
        "StrictBool" => plain(&[("type", "boolean")]),
        "StrictBytes" => text("binary"),
        "PositiveInt" => limited("integer", "gt", 0),
        "NonNegativeInt" => limited("integer", "ge", 0),
        "NegativeInt" => limited("integer", "lt", 0),
        "NonPositiveInt" => limited("integer", "le", 0),
        "PositiveFloat" => limited("number", "gt", 0),
        "NonNegativeFloat" => limited("number", "ge", 0),
        "NegativeFloat" => limited("number", "lt", 0),
        "NonPositiveFloat" => limited("number", "le", 0),
        "SecretStr" | "SecretBytes" => {
            let Type::Plain(mut members) = text("password") else { return None };
            members.insert("writeOnly".to_owned(), Json::Bool(true));
            Type::Plain(members)
        }
        "EmailStr" => text("email"),
        "NameEmail" => text("name-email"),
        "AnyUrl" | "AnyHttpUrl" | "FileUrl" => url(false),
        "HttpUrl" => url(true),
        "FilePath" => text("file-path"),
        "DirectoryPath" => text("directory-path"),
        "UUID1" => text("uuid1"),
        "UUID3" => text("uuid3"),
        "UUID4" => text("uuid4"),
        "UUID5" => text("uuid5"),
        "AwareDatetime" | "NaiveDatetime" | "PastDatetime" | "FutureDatetime" => text("date-time"),
        "PastDate" | "FutureDate" => text("date"),
        "IPvAnyAddress" => text("ipvanyaddress"),
        "IPvAnyNetwork" => text("ipvanynetwork"),
        "IPvAnyInterface" => text("ipvanyinterface"),
        _ => return None,
    })
}

/// What the brackets after a name mean.
pub fn generic(name: &str) -> Option<Generic> {
    Some(match common(name) {
        "Optional" => Generic::Optional,
        "Union" => Generic::Union,
        "list" | "List" | "Sequence" | "MutableSequence" | "Iterable" | "deque" | "Deque" => {
            Generic::Array { is_set: false }
        }
        "set" | "Set" | "frozenset" | "FrozenSet" | "AbstractSet" | "MutableSet" => Generic::Array { is_set: true },
        "dict" | "Dict" | "Mapping" | "MutableMapping" | "defaultdict" | "DefaultDict" | "OrderedDict" => {
            Generic::Mapping
        }
        "Counter" => Generic::Counter,
        "tuple" | "Tuple" => Generic::Tuple,
        "Literal" => Generic::Literal,
        "Annotated" => Generic::Annotated,
        "Final" | "Required" | "NotRequired" | "ReadOnly" => Generic::Through,
        "Pattern" | "re.Pattern" => Generic::Pattern,
        "Callable" | "type" | "Type" | "Iterator" | "Generator" => Generic::Refused,
        _ => return None,
    })
}

/// What a function that makes types makes.
pub fn made(name: &str) -> Option<Made> {
    Some(match common(name) {
        "NewType" => Made::New,
        "TypeVar" => Made::Variable,
        "conint" => Made::Limited(plain(&[("type", "integer")])),
        "confloat" => Made::Limited(plain(&[("type", "number")])),
        "constr" => Made::Limited(plain(&[("type", "string")])),
        "conbytes" => Made::Limited(text("binary")),
        "conlist" => Made::LimitedArray { is_set: false },
        "conset" | "confrozenset" => Made::LimitedArray { is_set: true },
        _ => return None,
    })
}
