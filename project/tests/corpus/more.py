"""Corners."""

import dataclasses
import datetime
import typing
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Annotated, Any, ClassVar, Dict, Generic, List, Literal, NamedTuple, Optional, Set, Tuple, TypeVar, Union

import pydantic.dataclasses
from annotated_types import Gt, MinLen
from prefect import flow
from pydantic import BaseModel, ConfigDict, Field, UUID4, confloat, conlist, constr, field_validator
from pydantic.dataclasses import dataclass as pydantic_dataclass


class Color(Enum):
    RED = "red"
    BLUE = "blue"


@pydantic_dataclass
class Checked:
    """Checked by pydantic."""

    name: str
    sizes: List[int] = dataclasses.field(default_factory=list)


@pydantic.dataclasses.dataclass
class Plainly:
    size: int = Field(default=3, ge=1)


class Named(NamedTuple):
    """With words."""

    color: Color
    when: Optional[date] = None


@dataclass
class Hidden:
    shown: int
    hidden: int = dataclasses.field(init=False, default=3)
    shared: ClassVar[int] = 5
    keyword: str = dataclasses.field(default="k", kw_only=True)


class Overriding(BaseModel):
    a: int
    b: str = "b"


class Overridden(Overriding):
    b: int = 4
    c: Optional["Overridden"] = None


class Allowing(BaseModel, extra="allow"):
    x: int = 1


class OldConfig(BaseModel):
    x: int

    class Config:
        extra = "forbid"


class Validated(BaseModel):
    x: int

    @field_validator("x")
    @classmethod
    def check(cls, value):
        return value


class Optionals(BaseModel):
    nested: Optional[Overriding] = None
    either: Union[Overriding, Allowing] = Field(default_factory=Allowing)
    colors: Set[Color] = set()
    tuple_: Tuple[int, str] = (1, "a")
    limits: Annotated[List[int], Field(min_length=1)] = [1]
    described: Annotated[str, Field(description="In the note.", alias="des")]
    uid: UUID4
    named: Dict[str, Color] = {}
    nothing: None = None
    deprecated_one: int = Field(1, deprecated=True)
    extra: int = Field(1, json_schema_extra={"x-y": 1})


@flow
def keys(a: dict[date, int], b: dict[Literal["x", "y"], int], c: dict[uuid.UUID, str], d: dict[Optional[str], int], e: dict[bool, int], f: Dict[Color, List[Color]], g: Dict[Annotated[str, Field(max_length=3)], int]):
    pass


@flow
def counters(a: Counter, b: typing.Counter[str], c: Counter[str]):
    pass


@flow
def field_defaults(a: int = Field(default=3, description="From the field.", ge=1), b: str = Field(...), c: str = Field("x")):
    """Words.

    Args:
        a: From the docstring.
        c: From the docstring.
    """


@flow
def pydantic_dataclasses(a: Checked, b: Plainly):
    pass


@flow
def named_tuples(a: Named, b: Optional[Named] = None, c: Named = Named(Color.RED)):
    pass


@flow
def hidden(a: Hidden):
    pass


@flow
def overridden(a: Overridden, b: Allowing, c: OldConfig, d: Validated):
    pass


@flow
def optionals(a: Optionals):
    pass


@flow
def constrained(a: Annotated[int, Gt(3)], b: Annotated[List[str], MinLen(1)], c: conlist(int, min_length=1, max_length=3), d: confloat(gt=0, le=1) = 0.5, e: constr(pattern="^a") = "a", f: Optional[Annotated[int, Field(ge=1)]] = None):
    pass


@flow
def noted_inside(a: List[Annotated[int, Field(description="Each.", ge=1)]], b: Dict[str, Annotated[int, Field(title="Tee")]]):
    pass


@flow
def years(a: timedelta = timedelta(days=400), b: timedelta = timedelta(0), c: timedelta = timedelta(seconds=-1), d: timedelta = timedelta(milliseconds=1500), e: timedelta = timedelta(weeks=1)):
    pass


@flow
def precise(a: datetime.datetime = datetime.datetime(2024, 1, 2, 3, 4, 5, 678), b: datetime.time = datetime.time(1, 2, 3, 4), c: datetime.datetime = datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone.utc)):
    pass


@flow
def empty_words(a: int, b: int = 1):
    """Words.

    Args:
        a:
        b:   Many blanks.
    """


@flow
def enum_defaults(a: List[Color] = [Color.RED, Color.BLUE], b: Dict[str, Color] = {"x": Color.BLUE}, c: str = Color.RED.value, d: str = Color.RED.name, e: Set[Color] = {Color.RED}, f: Tuple[Color, ...] = (Color.RED,)):
    pass


@flow
def model_defaults(a: Overriding = Overriding(a=1), b: List[Overriding] = [Overriding(a=2, b="x")], c: Dict[str, Any] = {"m": Overriding(a=3)}, d: Hidden = Hidden(1)):
    pass


@flow
def nested_text(a: List["int"], b: "List[Color]", c: Dict[str, "Color"] = {}, d: Optional["str"] = None):
    pass


@flow
def literal_of_enum(a: Literal[Color.RED, Color.BLUE] = Color.RED, b: Literal["a", None] = None, c: Union[Literal["a"], Literal["b"]] = "a", d: Optional[Literal[1]] = None):
    pass


@flow
def starred(a: list[int] = [*[1, 2], 3], b: dict[str, int] = {**{"a": 1}, "b": 2}):
    pass
