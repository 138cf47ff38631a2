"""The declaration of a proposed table, as YAML that reads like one written by hand."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import yaml

from customer_platform.ingestion.spec import PARTITION, fill_partition, partition_pattern
from customer_platform.onboarding.attributes import Column
from customer_platform.onboarding.delivered import DeliveredFile, Delivery
from customer_platform.onboarding.file_names import common_template
from customer_platform.onboarding.personal import personal_of
from customer_platform.onboarding.proposal import Proposal
from customer_platform.onboarding.vocabulary import words

_DESCRIPTIONS = {
    "first_name": "First name as entered.",
    "last_name": "Last name as entered.",
    "full_name": "First and last name as entered.",
    "email": "Email address as entered.",
    "phone": "Phone number as entered.",
    "birth_date": "Date of birth.",
    "street": "Street as entered.",
    "house_number": "House number as entered.",
    "postcode": "Postcode as entered.",
    "city": "City as entered.",
    "country": "Country as entered.",
    "loyalty_card": "Number of the loyalty card.",
    "email_consent": "Whether the person agreed to be emailed.",
    "company_name": "Name of the company as entered.",
    "registration_number": "Number of the company in its country's register, as entered.",
    "vat_id": "VAT number as entered.",
    "domain": "Web site as entered.",
    "parent_name": "Name of the company that it belongs to, as entered.",
    "account_number": "The source's own number of the person or company.",
    "created_at": "When the record was made.",
    "updated_at": "When the record was last changed.",
}


@dataclass(frozen=True)
class FileOrigin:
    """Where files of a table land, and how they are written.

    Attributes:
        path: Template below the landing zone.
        delivery: The files that were proposed from.
    """

    path: str
    delivery: Delivery

    component = "FileSource"

    @property
    def connection(self) -> str | None:
        """Files need none."""
        return None

    def settings(self) -> dict[str, Any]:
        """What is declared of them, but for what is the default."""
        written = self.delivery.format
        usual = {"encoding": "utf-8", "delimiter": ",", "quote": '"'}
        said = {
            name: getattr(written, name)
            for name, default in usual.items()
            if getattr(written, name) != default
        }
        return {"path": self.path, "format": written.format, **said}


@dataclass(frozen=True)
class DatabaseOrigin:
    """Where a table is in a database.

    Attributes:
        variable: Environment variable that holds the URL.
        table: Name of the table there.
    """

    variable: str
    table: str

    component = "DatabaseSource"

    @property
    def connection(self) -> str | None:
        """The environment variable that holds the URL."""
        return self.variable

    def settings(self) -> dict[str, Any]:
        """What is declared of it."""
        return {"table": self.table}


Origin = FileOrigin | DatabaseOrigin


def landing_path(source: str, delivery: Delivery, landing: PurePosixPath) -> str:
    """The path template of a table: files keep their names, so that those to come are found too.

    Args:
        source: Name of the source.
        delivery: The files.
        landing: The landing zone; files that are in it already stay where they are.
    """
    template = common_template([file.name for file in delivery.files])
    if template is not None and delivery.dated:
        folder = _folder(delivery.files[-1])
        if folder.is_relative_to(landing):
            return (folder.relative_to(landing) / template).as_posix()
        return f"{source}/{delivery.table}/{template}"
    ending = "".join(
        suffix for suffix in delivery.files[-1].path.suffixes if suffix in (".gz", ".zst")
    )
    several = "*" if len(delivery.files) > len(delivery.days) else ""
    name = f"{delivery.table}_{PARTITION}{several}.{delivery.format.format}{ending}"
    return f"{source}/{delivery.table}/{name}"


def landed_as(file: DeliveredFile, path: str) -> str:
    """The path below the landing zone of one file of a table.

    Args:
        file: The file.
        path: The table's path template.
    """
    native = file.path.parts[-2:] if file.name.in_folder else file.path.parts[-1:]
    parts = PurePosixPath(path).parts[-len(native) :]
    if all(map(re.fullmatch, map(partition_pattern, parts), native)):
        return PurePosixPath(*PurePosixPath(path).parts[: -len(native)], *native).as_posix()
    part = re.sub(r"[^A-Za-z0-9]+", "_", file.name.part).strip("_")
    return fill_partition(path, file.day).replace("*", f"_{part}" if part else "")


def _folder(file: DeliveredFile) -> PurePosixPath:
    """The folder that a file's template is relative to."""
    folder = PurePosixPath(file.path.parent.as_posix())
    return folder.parent if file.name.in_folder else folder


def declared(proposal: Proposal, origin: Origin, description: str) -> dict[str, Any]:
    """A table as it is declared.

    Args:
        proposal: What is proposed.
        origin: Where its rows come from.
        description: What one row is.
    """
    table: dict[str, Any] = {
        "name": proposal.table,
        "description": description,
        **origin.settings(),
        "load_mode": proposal.load_mode.load_mode,
    }
    if proposal.primary_key.columns:
        table["primary_key"] = list(proposal.primary_key.columns)
    if proposal.load_mode.partition_column:
        table["partition_column"] = proposal.load_mode.partition_column
    if isinstance(origin, FileOrigin):
        table["required"] = False
    table["columns"] = {column.name: _column(column, proposal) for column in proposal.columns}
    return table


def _column(column: Column, proposal: Proposal) -> dict[str, Any]:
    said: dict[str, Any] = {"type": column.type.type}
    if column.type.format:
        said["format"] = column.type.format
    said["description"] = describe(column, proposal)
    personal = personal_of(column, proposal)
    return said if personal is None else {**said, "personal": personal}


def describe(column: Column, proposal: Proposal) -> str:
    """What a column is, as far as is known."""
    if proposal.primary_key.columns == (column.name,):
        return f"What identifies a row of {proposal.table}."
    if column.attribute is not None and column.attribute.name in _DESCRIPTIONS:
        return _DESCRIPTIONS[column.attribute.name]
    return f"{' '.join(words(column.name)).capitalize() or column.name}, as delivered."


def describe_attribute(name: str) -> str:
    """What an attribute of a cleaned record is."""
    said = _DESCRIPTIONS.get(name, f"{' '.join(words(name)).capitalize()}.")
    return re.sub(",? as entered", "", said)


def source_yaml(
    source: str, owner: str, description: str, origin: Origin, table: Mapping[str, Any]
) -> str:
    """The `defs.yaml` of a source with one table."""
    head = [
        f"type: customer_platform.components.{origin.component}",
        "attributes:",
        f"  source: {source}",
        f"  owner: {plain(owner)}",
        f"  description: {plain(description)}",
    ]
    if origin.connection:
        head.append(f"  connection: {origin.connection}")
    return "\n".join([*head, "  tables:", *indented(table_lines(table), 4)]) + "\n"


def table_lines(table: Mapping[str, Any]) -> list[str]:
    """The lines of a table, as an item of the list `tables`."""
    lines = [f"{name}: {plain(value)}" for name, value in table.items() if name != "columns"]
    lines.append("columns:")
    lines += [f"  {flow(name)}: {flow(spec)}" for name, spec in table["columns"].items()]
    return [f"{'- ' if index == 0 else '  '}{line}" for index, line in enumerate(lines)]


def flow(value: Any) -> str:
    """A value in YAML's flow style, on one line."""
    text = yaml.safe_dump(
        [value], default_flow_style=True, width=10**9, allow_unicode=True, sort_keys=False
    )
    return re.sub(r"^\[|\]\n$", "", text)


def plain(value: Any) -> str:
    """A value on a line of its own; text is quoted only where it must be."""
    if not isinstance(value, str):
        return flow(value)
    return yaml.safe_dump(value, width=10**9, allow_unicode=True).removesuffix("...\n").strip()


def indented(lines: Sequence[str], blanks: int) -> list[str]:
    """Lines further to the right."""
    return [f"{' ' * blanks}{line}" if line else line for line in lines]
