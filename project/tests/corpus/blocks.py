"""Prefect's own types."""

from typing import Optional

from prefect import flow
from prefect.blocks.system import Secret


@flow
def of_a_block(s: Secret, o: Optional[Secret] = None):
    pass
