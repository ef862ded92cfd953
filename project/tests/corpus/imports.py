"""Types that come from files beside this one."""

import package
import package.types
import package.types as kinds
from package import VERSION
from package.deep import Ordered
from package.types import LIMIT, Names, Person, Size

from prefect import flow


@flow
def imported(p: Person, s: Size = Size.S, n: Names = []):
    pass


@flow
def through_module(a: package.types.Address, o: kinds.Order, s: package.types.Size = kinds.Size.L):
    pass


@flow
def constants(limit: int = LIMIT, version: str = VERSION, dotted: str = package.VERSION, computed: int = LIMIT * 2):
    pass


@flow
def reexported(o: Ordered):
    pass
