"""Flows that the prefect.yaml files beside it deploy."""

from datetime import date
from enum import Enum
from typing import Optional

from prefect import flow
from pydantic import BaseModel


class Size(Enum):
    S = "s"
    L = "l"


class Order(BaseModel):
    """What is ordered."""

    what: str
    size: Size = Size.S


@flow
def hello(name: str = "world", times: int = 1):
    """Says hello.

    Args:
        name: Whom to greet.
        times: How often.
    """


@flow(name="Orders", description="Takes orders.", version="v7")
def take_orders(order: Order, day: Optional[date] = None, notes: list[str] = []):
    """Not this."""


@flow
def bare(x, y=2, **more):
    pass
