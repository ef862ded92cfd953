"""Annotated, constrained types and pydantic's own."""

from typing import Annotated, Final, List, NewType, Optional, TypeVar

from prefect import flow
from pydantic import AnyHttpUrl, AnyUrl, Field, HttpUrl, NegativeInt, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, SecretBytes, StrictBool, StrictInt, StrictStr, conint, constr

UserId = NewType("UserId", int)
Short = Annotated[str, Field(max_length=3)]
Numbers = List[int]
T = TypeVar("T")


@flow
def noted(a: Annotated[int, "a note"], b: Annotated[str, "x"] = "y"):
    pass


@flow
def fielded(a: Annotated[int, Field(ge=1, le=5)], b: Annotated[str, Field(description="From the field.")] = "x", c: Short = "abc"):
    pass


@flow
def positive(a: PositiveInt, b: NonNegativeInt = 0, c: PositiveFloat = 1.0, d: NegativeInt = -1, e: NonNegativeFloat = 0.0):
    pass


@flow
def strict(a: StrictInt, b: StrictStr = "x", c: StrictBool = True):
    pass


@flow
def urls(a: AnyUrl, b: HttpUrl, c: AnyHttpUrl):
    pass


@flow
def made(a: conint(ge=1), b: constr(max_length=4) = "x"):
    pass


@flow
def aliases(a: UserId, b: Numbers = [], c: Optional[UserId] = None, d: "Numbers" = [1]):
    pass


@flow
def secret(a: SecretBytes):
    pass


@flow
def variable(a: T, b: List[T] = []):
    pass
