"""Defaults that need some thought."""

import os
from datetime import datetime, timedelta, timezone
from typing import Dict, List, Optional

from prefect import flow

BASE = "https://example.com"
PORT = 8080
TABLES = ["a", "b"]
SETTINGS = {"deep": {"er": [1, 2]}}
A, B = 1, "two"
LATER: int = 5


class Constants:
    RETRIES = 3
    NAME = "n"


@flow
def constants(a: str = BASE, b: int = PORT, c: List[str] = TABLES, d: int = LATER, e: int = A, f: str = B):
    pass


@flow
def attributes(a: int = Constants.RETRIES, b: str = Constants.NAME, c: dict = SETTINGS["deep"], d: int = SETTINGS["deep"]["er"][1]):
    pass


@flow
def computed(a: str = f"{BASE}:{PORT}", b: str = BASE + "/x", c: int = PORT + 1, d: list = TABLES + ["c"], e: str = "%s" % BASE, f: bool = not True, g: str = BASE.upper(), h: str = "-".join(["a", "b"])):
    pass


@flow
def conditionals(a: int = 1 if True else 2, b: str = None or "x", d: float = 1 / 4, e: int = 7 // 2, f: int = -PORT, g: int = len(TABLES)):
    pass


@flow
def a_function(a: int = 1, b=print, c: object = len):
    pass


@flow
def infinite(b: float = float("1.5"), c: int = int("7"), d: str = str(5)):
    pass


@flow
def sets_of_text(a: str = """several
lines""", b: str = 'it\'s', c: str = r"\raw", d: str = ""):
    pass


@flow
def ellipsis_default(a: int = ..., b: Optional[int] = ...):
    pass


@flow
def comprehension(a: list = [x for x in range(3)]):
    pass
