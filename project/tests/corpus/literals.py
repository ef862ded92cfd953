"""Literal types."""

import typing
from typing import List, Literal, Optional, Union

from prefect import flow

Mode = Literal["fast", "slow"]


@flow
def words(a: Literal["x", "y"], b: Literal["x", "y"] = "x"):
    pass


@flow
def one(a: Literal["only"], b: Literal["only"] = "only", c: Literal[1] = 1):
    pass


@flow
def numbers(a: Literal[1, 2, 3], b: Literal[1, 2, 3] = 2):
    pass


@flow
def mixed(a: Literal["a", 1], b: Literal["a", 1, None] = None, c: Literal[True, False] = True, d: Literal[None] = None, e: Literal["x", True] = True):
    pass


@flow
def nested(a: Literal[Literal["a"], "b"] = "a", b: Optional[Literal["x", "y"]] = None, c: List[Literal["p", "q"]] = ["p"]):
    pass


@flow
def alias(mode: Mode = "fast", maybe: Optional[Mode] = None, many: list[Mode] = []):
    pass


@flow
def qualified(a: typing.Literal["x"] = "x", b: Union[Literal["auto"], int] = "auto"):
    pass
