"""Dataclasses, typed dictionaries and named tuples."""

import dataclasses
import datetime
from dataclasses import dataclass, field
from typing import Any, Dict, List, NamedTuple, Optional

from prefect import flow
from typing_extensions import NotRequired, TypedDict


@dataclass
class Point:
    x: int
    y: int = 0


@dataclass
class Shape:
    """A shape with points."""

    name: str
    points: List[Point]
    origin: Optional[Point] = None
    tags: List[str] = field(default_factory=list)
    weight: float = field(default=1.5)


@dataclasses.dataclass(frozen=True)
class Frozen:
    at: datetime.date
    more: Dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclass
class Base:
    a: int


@dataclass
class Derived(Base):
    b: str = "x"


class Movie(TypedDict):
    title: str
    year: int


class Loose(TypedDict, total=False):
    """Everything may be missing."""

    title: str
    year: int


class Partly(TypedDict):
    title: str
    year: NotRequired[int]


class Pair(NamedTuple):
    left: int
    right: str = "r"


class Node:
    def __init__(self, value):
        self.value = value


@flow
def point(p: Point):
    pass


@flow
def point_default(p: Point = Point(1, 2), q: Optional[Point] = None):
    pass


@flow
def shape(s: Shape):
    pass


@flow
def frozen(f: Frozen, many: list[Frozen] = []):
    pass


@flow
def derived(d: Derived):
    pass


@flow
def typed_dict(m: Movie, l: Loose, p: Partly):
    pass


@flow
def typed_dict_default(m: Movie = {"title": "x", "year": 1}):
    pass


@flow
def named_tuple(p: Pair):
    pass


@flow
def plain_class(n: Node, o: Optional[Node] = None, p: list[Node] = []):
    pass
