"""Lists, dictionaries, tuples, sets and their abstract relatives."""

import collections
import collections.abc
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterable as AbcIterable
from collections.abc import Mapping as AbcMapping
from collections.abc import Sequence as AbcSequence
from typing import Any, DefaultDict, Deque, Dict, FrozenSet, Iterable, List, Mapping, MutableMapping, MutableSequence, Sequence, Set, Tuple

from prefect import flow


@flow
def bare(a: list, b: dict, c: tuple, d: set, e: frozenset):
    pass


@flow
def bare_typing(a: List, b: Dict, c: Tuple, d: Set, e: FrozenSet):
    pass


@flow
def lists(a: list[int], b: List[str], c: list[list[float]], d: list[dict[str, Any]], e: List[Any]):
    pass


@flow
def dicts(a: dict[str, int], b: Dict[str, Any], c: dict[int, str], d: dict[str, list[int]], e: Dict[Any, Any], f: dict[str, dict[str, bool]]):
    pass


@flow
def tuples(a: tuple[int, str], b: Tuple[int, ...], c: tuple[()], d: Tuple[List[int], Dict[str, str]], e: tuple[int]):
    pass


@flow
def sets(a: set[int], b: Set[str], c: frozenset[int], d: FrozenSet[str]):
    pass


@flow
def abstract(a: Sequence[int], b: Iterable[str], c: Mapping[str, int], d: MutableMapping[str, int], e: MutableSequence[int]):
    pass


@flow
def from_abc(a: AbcSequence[int], b: AbcIterable[str], c: AbcMapping[str, int], d: collections.abc.Sequence[str]):
    pass


@flow
def bare_abstract(a: Sequence, b: Iterable, c: Mapping):
    pass


@flow
def special(a: deque[int], b: Deque[str], c: defaultdict[str, int], d: DefaultDict[str, list], e: OrderedDict[str, int], f: collections.deque):
    pass


@flow
def list_defaults(a: list[int] = [1, 2, 3], b: list = [], c: List[str] = ["a"], d: Sequence[int] = (1, 2)):
    pass


@flow
def dict_defaults(a: dict[str, int] = {"x": 1}, b: dict = {}, c: Dict[str, Any] = {"n": None, "l": [1, {"q": True}]}, d: dict[int, str] = {1: "one"}):
    pass


@flow
def tuple_defaults(a: tuple[int, str] = (1, "a"), b: Tuple[int, ...] = (), c: tuple = (1, 2)):
    pass


@flow
def set_defaults(a: set[int] = {1}, b: set = set(), c: frozenset[int] = frozenset()):
    pass


@flow
def made_defaults(a: list[int] = list(), b: dict[str, int] = dict(), c: dict[str, int] = dict(x=1), d: tuple = tuple()):
    pass
