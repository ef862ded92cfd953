from ..types import Order as Ordered
