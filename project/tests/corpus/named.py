"""Names and descriptions of flows."""

import functools

import prefect
import prefect as p
from prefect import Flow, flow as make_flow, task

NAME = "Named by a constant"
PREFIX = "pre"


@make_flow
def plain_name(x: int):
    pass


@make_flow()
def with_parentheses(x: int):
    pass


@prefect.flow(name="Given name", version="7", description="Given description")
def given(x: int):
    """Not the description."""


@p.flow(name=NAME)
def constant(x: int):
    """The description."""


@make_flow(name=f"{PREFIX}-formatted", log_prints=True, retries=2)
def formatted(x: int):
    pass


@make_flow(name="a" + "-" + "b")
def added(x: int):
    pass


@task
def a_task(x):
    pass


def helper(x: int):
    """Helps.

    Args:
        x: A number.
    """


made = make_flow(helper, name="Made by a call")
made_plain = make_flow(helper)
made_twice = make_flow(name="From options")(helper)
from_class = Flow(fn=helper, name="From the class")
renamed = given.with_options(name="With options")


def outer(fn):
    @functools.wraps(fn)
    def inner(*args, **kwargs):
        return fn(*args, **kwargs)

    return inner


@make_flow(name="Decorated twice")
@outer
def decorated(x: int, y: str = "q"):
    """Kept by wraps."""


class Holder:
    @staticmethod
    @make_flow(name="In a class")
    def static(x: int):
        pass

    @make_flow
    def method(self, x: int, y: str = "z"):
        pass


if True:

    @make_flow
    def conditional(x: int = 1):
        pass


try:
    import not_there_at_all
except ImportError:
    not_there_at_all = None


@make_flow
def after_try(x: int = 2):
    pass


@make_flow
def redefined(x: int):
    pass


@make_flow
def redefined(y: str):  # noqa: F811
    pass
