"""What dbt's templates name and define, read as dbt's own Jinja reads them."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from customer_platform.errors import OnboardingError

if TYPE_CHECKING:
    from jinja2 import Environment


def calls(text: str, path: Path) -> Iterator[tuple[str, list[Any]]]:
    """The calls of a template whose arguments are constants: (name, arguments).

    Args:
        text: The template.
        path: Its file, for messages.

    Raises:
        OnboardingError: It is no valid template; names file and line.
    """
    from jinja2 import TemplateSyntaxError, nodes

    try:
        parsed = _jinja().parse(text)
    except TemplateSyntaxError as error:
        raise OnboardingError(f"{path}:{error.lineno}: is no valid template: {error}") from error
    for call in parsed.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name):
            try:
                yield call.node.name, [each.as_const() for each in call.args]
            except nodes.Impossible:
                continue


def calls_in_yaml(content: Any, path: Path) -> Iterator[tuple[str, list[Any]]]:
    """The calls in a YAML file of dbt, where a text like `ref('orders')` is one, too.

    Args:
        content: What the file holds.
        path: The file, for messages.
    """
    if isinstance(content, dict | list):
        for each in content.values() if isinstance(content, dict) else content:
            yield from calls_in_yaml(each, path)
    elif isinstance(content, str):
        is_call = content.strip().startswith(("ref(", "source("))
        yield from calls(f"{{{{ {content} }}}}" if is_call else content, path)


def blocks(text: str, kind: str) -> list[str]:
    """Names of the blocks of a kind, such as `docs` or `macro`, at the top of a template."""
    from dbt_common.clients.jinja import BlockTag, extract_toplevel_blocks

    found = extract_toplevel_blocks(text, {kind}, collect_raw_data=False)
    return [each.block_name for each in found if isinstance(each, BlockTag) and each.block_name]


def returned(path: Path) -> Any:
    """The constant that the first macro of a file returns.

    Raises:
        OnboardingError: None of its macros returns one.
    """
    for name, given in calls(path.read_text("utf-8"), path):
        if name == "return" and given:
            return given[0]
    raise OnboardingError(f"{path} has no macro that returns a constant")


@cache
def _jinja() -> "Environment":
    from dbt_common.clients.jinja import get_environment

    return get_environment()
