"""Dates, times, durations, zones and other types of the standard library."""

import datetime
import datetime as dt
import ipaddress
import pathlib
import re
import uuid
from datetime import date, time, timedelta
from datetime import datetime as when
from decimal import Decimal
from pathlib import Path
from typing import Optional, Pattern
from uuid import UUID

from prefect import flow


@flow
def instants(a: when, b: datetime.datetime, c: date, d: datetime.date, e: time, f: dt.time):
    pass


@flow
def durations(a: timedelta, b: datetime.timedelta = timedelta(hours=1), c: timedelta = timedelta(days=1, minutes=30), d: timedelta = timedelta(seconds=1.5)):
    pass


@flow
def instant_defaults(
    a: when = when(2024, 1, 2),
    b: when = when(2024, 1, 2, 3, 4, 5),
    c: date = date(2024, 1, 2),
    d: time = time(3, 4),
    e: datetime.datetime = datetime.datetime(2024, 5, 6, tzinfo=datetime.timezone.utc),
):
    pass


@flow
def optional_instants(a: Optional[when] = None, b: Optional[date] = None, c: "datetime.date | None" = None):
    pass


@flow
def identifiers(a: uuid.UUID, b: UUID = UUID("12345678-1234-5678-1234-567812345678"), c: Optional[UUID] = None):
    pass


@flow
def paths(a: Path, b: pathlib.Path = Path("/tmp/x"), c: pathlib.PurePath = pathlib.PurePath("y"), d: Optional[Path] = None):
    pass


@flow
def addresses(a: ipaddress.IPv4Address, b: ipaddress.IPv6Address, c: ipaddress.IPv4Network):
    pass


@flow
def patterns(a: re.Pattern, b: Pattern[str] = re.compile("x+")):
    pass


@flow
def money(a: Decimal = Decimal("9.99"), b: Optional[Decimal] = None):
    pass
