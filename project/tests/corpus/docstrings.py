"""Descriptions from docstrings of several styles."""

from prefect import flow


@flow
def google(a: int, b: str = "x", *, c: bool = False):
    """Adds things up.

    Longer words that say more.

    Args:
        a: The first thing.
        b (str): The second thing, over
            two lines.
        c (bool, optional): The third: with a colon.

    Returns:
        Nothing at all.
    """


@flow
def one_line(a: int):
    """Just this."""


@flow
def numpy(a: int, b: str):
    """Adds.

    Parameters
    ----------
    a : int
        The first.
    b : str
        The second.
    """


@flow
def sphinx(a: int, b: str):
    """Adds.

    :param a: The first.
    :param b: The second.
    """


@flow
def arguments_and_parameters(a: int, b: int = 1):
    """Adds.

    Arguments:
        a: By another word.

    Keyword Args:
        b: Of keywords.
    """


@flow
def params(a: int, b: int = 1):
    """
    Adds.

    Params:
        a: By a short word.
        b: Another.

    Raises:
        ValueError: never.
    """


@flow
def unknown_names(a: int):
    """Adds.

    Args:
        a: Known.
        z: Unknown.
    """


@flow
def paragraphs(a: int, b: int):
    """Adds.

    Args:
        a: The first.

            With a second paragraph.
        b:
            On the next line.
    """


@flow
def stars(*args, **kwargs):
    """Takes all.

    Args:
        *args: Everything.
        **kwargs: By name.
    """


@flow
def titled(a: int, b: int):
    """Adds.

    Args: Some title
        a: The first.
        b: The second.

    Example:
        >>> titled(1, 2)
    """


@flow(description="Given by hand.")
def overridden(a: int):
    """Not this.

    Args:
        a: But this.
    """


@flow
def not_a_docstring(a: int):
    f"""Formatted {1}."""


@flow
def raw(a: int):
    r"""Raw \d words.

    Args:
        a: Matches \w.
    """


@flow
def tabs(a: int, b: int):
    """
	Tabs indent this.

	Args:
		a: The first.
		b: The second.
	"""


@flow
def twice(a: int, b: int):
    """Adds.

    Args:
        a: The first.

    Args:
        b: The second.
    """


@flow
def missing_colon(a: int, b: int):
    """Adds.

    Args:
        a the first
        b: The second.
    """


@flow
def indented_less(a: int):
    """Adds.
    Args:
        a: Right under the summary.
    """


@flow
def wide(a: int, b: int):
    """Adds.

    Args:
      a: Two blanks.
      b: Two blanks
        and more.

    Attributes:
        q: Not a parameter.
    """


@flow
def other_parameters(a: int, b: int = 1):
    """Adds.

    Other Parameters:
        b: Elsewhere.

    Args:
        a: Here.
    """
