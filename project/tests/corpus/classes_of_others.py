"""Types that no static look can follow all the way."""

import threading
from typing import Callable, Generic, Iterator, List, Optional, Protocol, Type, TypeVar, runtime_checkable

from prefect import flow, get_run_logger
from prefect.states import State

T = TypeVar("T")


class Box(Generic[T]):
    pass


@runtime_checkable
class Speaks(Protocol):
    def speak(self) -> str: ...


@flow
def functions(a: Callable, b: Callable[[int], str] = None, c: Optional[Callable[..., None]] = None):
    pass


@flow
def classes(a: type, b: Type[int] = int):
    pass


@flow
def generics(a: Box, b: Box = None):
    pass


@flow
def protocol(a: Speaks):
    pass


@flow
def of_the_library(a: threading.Event = None, b: int = 1):
    pass


@flow
def iterator(a: Iterator[int], b: List[Callable] = []):
    pass
