"""Parameters that no client takes."""

from prefect import flow


@flow
def underscored(_private: int = 1):
    pass
