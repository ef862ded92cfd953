"""Pydantic models in the same file."""

import datetime
from enum import Enum
from typing import Annotated, Any, Dict, List, Literal, Optional, Union

import pydantic
from prefect import flow
from pydantic import BaseModel, ConfigDict, EmailStr, Field, SecretStr


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Simple(BaseModel):
    name: str
    count: int = 3


class Documented(BaseModel):
    """A model with words.

    And more of them.
    """

    at: datetime.datetime
    note: Optional[str] = None


class Nested(BaseModel):
    simple: Simple
    many: List[Simple] = []
    by_name: Dict[str, Simple] = {}
    color: Color = Color.RED


class Fields(BaseModel):
    a: int = Field(default=1, ge=0, le=10, description="How many.")
    b: str = Field(..., min_length=1, max_length=5, pattern="^a")
    c: List[int] = Field(default_factory=list, max_length=3)
    d: float = Field(gt=0, lt=1.5, title="Dee")
    e: str = Field("x", alias="eee")
    f: Optional[int] = Field(None, ge=1, examples=[1, 2])


class Child(Simple):
    extra: bool = False


class Forbidding(BaseModel):
    model_config = ConfigDict(extra="forbid", title="No more")

    x: int


class Tree(BaseModel):
    value: int
    children: List["Tree"] = []


class Private(BaseModel):
    _hidden: int = 1
    CONSTANT: int = 2
    shown: str = "s"

    def method(self):
        return 1

    @property
    def computed(self):
        return 2


class Modes(BaseModel):
    mode: Literal["a", "b"] = "a"
    either: Union[int, str] = 1
    any: Any = None
    data: dict = {}


class Pydantic(pydantic.BaseModel):
    secret: SecretStr
    when: datetime.date | None = None
    some_long_name: int = 1


class Annotations(BaseModel):
    a: Annotated[int, Field(gt=3)] = 4
    b: Annotated[str, "just a note"] = "x"


@flow
def simple(m: Simple):
    pass


@flow
def simple_default(m: Simple = Simple(name="x"), n: Optional[Simple] = None):
    pass


@flow
def documented(m: Documented):
    pass


@flow
def nested(m: Nested):
    pass


@flow
def fields(m: Fields):
    pass


@flow
def child(m: Child):
    pass


@flow
def forbidding(m: Forbidding):
    pass


@flow
def tree(m: Tree):
    pass


@flow
def private(m: Private):
    pass


@flow
def modes(m: Modes):
    pass


@flow
def qualified(m: Pydantic):
    pass


@flow
def annotations(m: Annotations):
    pass


@flow
def many(a: Simple, b: Child, c: List[Simple], d: Dict[str, Child], e: Union[Simple, Documented] = None):
    pass


@flow
def secrets(a: SecretStr, b: Optional[SecretStr] = None):
    pass


@flow
def described(m: Simple):
    """Does things.

    Args:
        m: The model to do them with.
    """
