"""The synthetic demo landscape: layers in their published form, plots over them, and what a correct check must find. No real place."""

from sample.crowd import many
from sample.generate import Sample, generate, generate_land

__all__ = ["Sample", "generate", "generate_land", "many"]
