"""Serves a flow from this process, as people do without a work pool."""

import sys

from more_flows import hello

if __name__ == "__main__":
    hello.serve(name=sys.argv[1], parameters={"name": "served"})
