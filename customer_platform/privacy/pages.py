"""The pages of this room, each one self-contained file that loads and runs nothing."""

from functools import cache
from typing import Any

import jinja2


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("customer_platform.privacy"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def render(name: str, **values: Any) -> str:
    """A page.

    Args:
        name: The template, as `certificate`.
        values: What it shows; text is escaped.
    """
    return _templates().get_template(f"{name}.html.j2").render(**values)
