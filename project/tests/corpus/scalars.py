"""Parameters of the builtin types, with and without defaults."""

import decimal
from decimal import Decimal
from typing import Any

from prefect import flow


@flow
def nothing():
    pass


@flow
def bare(a, b=1, c=None, d="text", e=(1, 2)):
    pass


@flow
def scalars(i: int, f: float, s: str, b: bool):
    pass


@flow
def scalar_defaults(i: int = 3, f: float = 0.5, s: str = "x", b: bool = True, n: int = -7, g: float = 1e3):
    pass


@flow
def binary(data: bytes, more: bytes = b"abc"):
    pass


@flow
def anything(x: Any, y: Any = None, z: object = 1):
    pass


@flow
def none_type(x: None, y: None = None):
    pass


@flow
def decimals(x: Decimal, y: decimal.Decimal = Decimal("1.5")):
    pass


@flow
def complex_number(x: complex = 1):
    pass


@flow
def keyword_only(a: int, *, b: str, c: bool = False):
    pass


@flow
def positional_only(a: int, b: str = "q", /, c: float = 2.0):
    pass


@flow
def variadic(a: int, *args: str, **kwargs: int):
    pass


@flow
def reserved_names(copy: int, json: str = "x", schema: dict = None, dict: int = 1):
    pass


@flow
def mismatched_default(a: int = "text", b: str = 5):
    pass


@flow
async def asynchronous(x: int) -> str:
    return ""


@flow
def long_default(
    x: int = 1_000_000,
    y: int = 0x1F,
    z: float = 1.0,
    mask: int = 1 << 4,
    product: int = 60 * 60 * 24,
    joined: str = "a" "b",
    added: str = "a" + "b",
    power: int = 2**10,
    text: str = "caf\u00e9 \N{BULLET}",
):
    pass
