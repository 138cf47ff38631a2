"""Makes a project: the choices of a bundled business model, for a company to change."""

import re
from importlib import metadata
from pathlib import Path

import jinja2

from customer_platform.errors import ProjectError
from customer_platform.project import DBT_PROJECT, DEFS, PACKAGE

_FILES = PACKAGE / "project_files"

# What dbt has of a business model, a folder each: the rest is the software's.
_DBT = ("models", "seeds", "tests")

# dbt's files have braces of their own; lines of #% and #- are comments to other readers of YAML.
_TEMPLATES = jinja2.Environment(
    variable_start_string="<<",
    variable_end_string=">>",
    block_start_string="<%",
    block_end_string="%>",
    comment_start_string="<#",
    comment_end_string="#>",
    line_statement_prefix="#%",
    line_comment_prefix="#-",
    keep_trailing_newline=True,
    undefined=jinja2.StrictUndefined,
    autoescape=False,
)


def create_project(folder: Path, model: str) -> list[Path]:
    """Writes a project.

    Args:
        folder: Where; it is made where it isn't there.
        model: The bundled business model.

    Returns:
        The files, relative to the folder, in order.

    Raises:
        ProjectError: There is something in the folder already, or it is a file.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectError(f"{folder} is there already, and isn't empty: name another folder")
    files = project_files(_project_name(folder), model)
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return sorted(files)


def project_files(name: str, model: str) -> dict[Path, bytes]:
    """The content of every file of a project, by its path in it.

    Args:
        name: The name of the project.
        model: The bundled business model.
    """
    names = {"name": name, "model": model, "version": metadata.version("customer-platform")}
    # dbt without the variables of a deployment reads the only business model there is.
    dbt_project = _rendered(DBT_PROJECT / "dbt_project.yml", names)
    files = {
        Path("dbt/dbt_project.yml"): dbt_project.replace("'retail'", f"'{model}'").encode(),
        Path("defs/__init__.py"): b'"""What this platform consists of: choices, no logic."""\n',
    }
    for path in _FILES.iterdir():
        target = ".gitignore" if path.stem == "gitignore" else path.stem
        files[Path(target)] = _rendered(path, names).encode()
    copied = {"defs": DEFS / model} | {f"dbt/{each}": DBT_PROJECT / each / model for each in _DBT}
    for target, source in copied.items():
        for path in source.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                files[Path(target, model, path.relative_to(source))] = path.read_bytes()
    return files


def _rendered(path: Path, names: dict[str, str]) -> str:
    return _TEMPLATES.from_string(path.read_text("utf-8")).render(names)


def _project_name(folder: Path) -> str:
    """The name of a folder, as packages may be called."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    return name or "customers"
