"""Enumerations."""

import enum
from enum import Enum, IntEnum, auto
from typing import Dict, List, Optional, Union

from prefect import flow


class Color(Enum):
    RED = "red"
    GREEN = "green"


class Level(IntEnum):
    LOW = 1
    HIGH = 10


class Kind(str, Enum):
    """What kind of thing it is."""

    A = "a"
    B = "b"


class Numbered(enum.Enum):
    ONE = auto()
    TWO = auto()


class Mixed(Enum):
    N = 1
    S = "s"
    T = True


class Single(Enum):
    ONLY = "only"


class Flag(enum.IntFlag):
    R = 4
    W = 2


class Named(enum.StrEnum):
    """Names."""

    FIRST = auto()
    SECOND = "2nd"


class WithMethod(Enum):
    X = "x"
    Y = X
    Z = "z"

    @property
    def pretty(self):
        return self.value.upper()


@flow
def plain(a: Color, b: Color = Color.RED, c: Color = Color["GREEN"]):
    pass


@flow
def integers(a: Level, b: Level = Level.HIGH, c: Numbered = Numbered.TWO):
    pass


@flow
def documented(a: Kind, b: Kind = Kind.A):
    pass


@flow
def variety(a: Mixed, b: Single = Single.ONLY, c: Flag = Flag.R, d: Named = Named.FIRST, e: WithMethod = WithMethod.Z):
    pass


@flow
def wrapped(a: Optional[Color] = None, b: List[Color] = [Color.RED], c: Union[Color, int] = 1, d: Dict[Color, int] = {}, e: list[Level] = []):
    pass


@flow
def by_value(a: Color = Color("green"), b: Optional[Kind] = Kind.B):
    pass
