"""What the flows beside it use."""

from dataclasses import dataclass
from enum import Enum
from typing import Optional

from pydantic import BaseModel

from . import VERSION

LIMIT = 10
Names = list[str]


class Size(Enum):
    S = "s"
    L = "l"


class Address(BaseModel):
    """Where somebody lives."""

    street: str
    zip: Optional[str] = None


class Person(BaseModel):
    name: str
    address: Address


@dataclass
class Order:
    size: Size
    count: int = LIMIT
    version: str = VERSION
