"""A package."""

VERSION = "1.2"
