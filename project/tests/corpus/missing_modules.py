"""Modules that are not installed where it is deployed."""

from datetime import date
from typing import Optional

import not_installed_here as nih
from not_installed_here.deeply import Thing

from prefect import flow


@flow(name="Without its modules", description="All the same.")
def missing(a: int, b: Optional[date] = None, c: str = "x"):
    """Words.

    Args:
        a: The first.
    """


@flow
def missing_types(a: Thing, b: nih.Other = None, c: int = nih.DEFAULT, d: list[Thing] = []):
    pass
