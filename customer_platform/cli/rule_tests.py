"""The command that tests the match rules on made-up records."""

import sys
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING

import click

from customer_platform.environment import load_environment
from customer_platform.errors import RuleTestsError

if TYPE_CHECKING:
    from customer_platform.declarations.rule_tests import RuleTest
    from customer_platform.stewardship.rule_tests import RuleTestFailure


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--verbose", "-v", is_flag=True, help="Name every test, not only those that fail.")
def test_rules(files: tuple[Path, ...], verbose: bool) -> None:
    """Test the match rules on small made-up records that must, or must never, be one customer.

    FILES are YAML files of tests; by default all in `defs/<model>/tests`. Needs no warehouse. Ends
    with exit code 1 when a test fails, which is explained as `customer-platform explain` does.
    """
    from customer_platform.declarations import default_country
    from customer_platform.declarations.rule_tests import files_of_tests, read_rule_tests
    from customer_platform.deployed_identity import declared_entity
    from customer_platform.stewardship import rule_tests

    environment = load_environment()
    folder = environment.project.defs / environment.business_model
    paths = files or tuple(files_of_tests(folder))
    if not paths:
        raise RuleTestsError(
            f"there are no tests in {folder / 'tests'}; docs/rules.md#test-the-rules shows how to "
            "write one"
        )
    ignored = rule_tests.ignored_values(environment)
    country = default_country(environment.project)
    count = failed = 0
    for path in paths:
        file = read_rule_tests(path)
        tester = rule_tests.RuleTester(declared_entity(environment, file.entity), ignored, country)
        count += len(file.tests)
        click.echo(f"{_relative(path)}: {_tests(len(file.tests))} of {file.entity} records")
        for test in file.tests:
            failures = tester.failures(test)
            failed += bool(failures)
            if failures or verbose:
                click.echo("\n".join(_lines(test, failures)))
        for rule in tester.left_out:
            click.echo(f"  not applied: {rule}, whose model is trained on a company's own records")
    click.echo(f"{failed} of {_tests(count)} failed." if failed else f"{_tests(count)} passed.")
    if failed:
        sys.exit(1)


def _tests(number: int) -> str:
    return f"{number} test{'' if number == 1 else 's'}"


def _relative(path: Path) -> Path:
    path = path.resolve()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _lines(test: "RuleTest", failures: "list[RuleTestFailure]") -> list[str]:
    if not failures:
        return [f"  ok    {test.name}"]
    lines = [f"  FAIL  {test.name}", f"        {test.reason}"]
    for failure in failures:
        two = f"{failure.one} and {failure.other}"
        said = (
            f"{two} must be one, and are two"
            if failure.must_be_one
            else f"{two} must never be one, and are"
        )
        lines += [f"        {said}:", indent(failure.explanation, " " * 10)]
    return lines
