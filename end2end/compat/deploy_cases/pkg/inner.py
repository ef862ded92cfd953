from prefect import flow

from .words import WORD


@flow(name="inner-flow")
def inner(word: str = WORD):
    """Within a package."""
