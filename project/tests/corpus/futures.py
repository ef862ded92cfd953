"""All annotations are text here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional

from prefect import flow
from pydantic import BaseModel

class Config(BaseModel):
    name: str
    parent: Optional[Config] = None
    sizes: list[int] = []


@dataclass
class Item:
    name: str
    price: float | None = None


@flow
def scalars(a: int, b: str = "x", c: float | None = None):
    pass


@flow
def models(c: Config, i: Item, more: List[Config] = []):
    pass


@flow
def quoted(a: "int", b: "Optional[Config]" = None):
    pass
