"""Optional, Union and the bar."""

from datetime import date
from typing import Dict, List, Optional, Union
import typing as t

from prefect import flow


@flow
def optional(a: Optional[int], b: Optional[str] = None, c: Optional[float] = 1.5):
    pass


@flow
def union(a: Union[int, str], b: Union[int, str, None] = None, c: Union[float, List[int]] = 3.0):
    pass


@flow
def bars(a: int | str, b: int | None = None, c: "int | None" = 4, d: list[int] | dict[str, int] | None = None):
    pass


@flow
def nested(a: Optional[Union[int, Optional[str]]] = None, b: Union[Union[int, str], float] = 1):
    pass


@flow
def none_first(a: None | int = None, b: Union[None, str] = None):
    pass


@flow
def duplicates(a: Union[int, int, str] = 1, b: Optional[Optional[int]] = None):
    pass


@flow
def one(a: Union[int] = 1, b: "Optional[date]" = None):
    pass


@flow
def qualified(a: t.Optional[t.List[t.Dict[str, int]]] = None, b: t.Union[int, t.Any] = None, c: Optional[t.Any] = None):
    pass


@flow
def collections_in_union(a: Union[List[str], Dict[str, str]], b: Optional[List[Optional[int]]] = None):
    pass


@flow
def boolean_union(a: bool | int | float | str | None = None, b: bytes | None = None):
    pass
