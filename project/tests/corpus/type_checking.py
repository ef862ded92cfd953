"""A type that is only there for type checkers: no client can evaluate it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect import flow

if TYPE_CHECKING:
    from decimal import Decimal


@flow
def unresolved(a: int, d: Decimal, e: list[Decimal] | None = None, f: str = "x"):
    """Has a docstring.

    Args:
        a: The first.
    """
