"""Declares tests of match rules: made-up records that must, or must never, be one customer."""

from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from customer_platform import checked_yaml
from customer_platform.errors import RuleTestsError
from customer_platform.suggestions import suggestion

# What is said of a file that is no mapping at all.
_EXAMPLE = "no file of rule tests: give the keys entity and tests"


class RuleTest(BaseModel):
    """A test: records, and which of them must, or must never, be one customer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="What the rules do, as a sentence.")
    reason: str = Field(description="Why they must.")
    records: dict[str, dict[str, Any]] = Field(
        min_length=2,
        description="The records by SOURCE:ID: attributes, as the staging views deliver them.",
    )
    same: list[str] = Field(default_factory=list, description="Records that must be one customer.")
    different: list[str] = Field(
        default_factory=list, description="Records of which no two may be one customer."
    )

    _place: str = PrivateAttr("")

    @property
    def place(self) -> str:
        """Where it stands: `file:line:column`."""
        return self._place

    @model_validator(mode="after")
    def _says_something(self) -> "RuleTest":
        if not self.same and not self.different:
            raise ValueError("a test needs same, different or both: lists of its records")
        for kind in ("same", "different"):
            names: list[str] = getattr(self, kind)
            if len(names) == 1:
                raise ValueError(f"{kind} has one record only; name those it is compared with")
            for name in names:
                if name not in self.records:
                    raise ValueError(
                        f"{kind} names the unknown record {name!r}" + suggestion(name, self.records)
                    )
        for name in self.records:
            source, _, record_id = name.partition(":")
            if not source or not record_id:
                raise ValueError(f"the record {name!r} is named SOURCE:ID, such as crm:1")
        return self

    def pairs(self) -> Iterator[tuple[str, str, bool]]:
        """What is asked of two records each: their names, and whether they are one customer."""
        # Each and the next are enough to say that all are one.
        yield from ((one, other, True) for one, other in pairwise(self.same))
        yield from ((one, other, False) for one, other in combinations(self.different, 2))


class RuleTestFile(BaseModel):
    """A file of tests."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entity: str = Field(description="The entity whose rules are tested.")
    people: dict[str, Any] = Field(
        default_factory=dict, description="Attributes that records take over by YAML's anchors."
    )
    tests: list[RuleTest] = Field(min_length=1)


def files_of_tests(folder: Path) -> list[Path]:
    """The files of tests of a business model, in the order of their names.

    Args:
        folder: Its folder in `defs`.
    """
    return sorted((folder / "tests").glob("*.yaml"))


def read_rule_tests(path: Path) -> RuleTestFile:
    """Reads a file of tests.

    Args:
        path: The file.

    Raises:
        RuleTestsError: It isn't right; every fault as `file:line:column: what is wrong`.
    """
    try:
        nodes = checked_yaml.compose(checked_yaml.read_text(path), str(path))
        if len(nodes) != 1:
            raise RuleTestsError(f"{path}: it has {len(nodes)} YAML documents, and needs one")
        found = checked_yaml.validated(RuleTestFile, nodes[0], str(path), _EXAMPLE)
    except checked_yaml.FaultyYamlError as error:
        raise RuleTestsError(str(error)) from error
    tests = checked_yaml.entries(nodes[0])["tests"]
    for test, node in zip(found.tests, tests.value, strict=True):
        test._place = f"{path}:{checked_yaml.position(node)}"
    return found
