"""A guide is taken as a reader takes it, and a step that doesn't work is told by its line."""

from pathlib import Path

import pytest

from customer_platform_tests.docs.guide import follow, reader_variables, sections

GUIDE = """# A guide

## One

**`notes/greeting.txt`**

```text
hello
```

```bash
export NAME=reader
cat notes/greeting.txt
```

```text
hello
```

```bash
echo "to $NAME"
```

```text
to reader
```
"""


def _follow(guide: str, project: Path) -> None:
    project.mkdir(exist_ok=True)
    follow(sections(guide)["One"], project, reader_variables(project))


def test_files_are_written_and_commands_run_in_one_shell(tmp_path: Path) -> None:
    _follow(GUIDE, tmp_path / "project")
    assert (tmp_path / "project/notes/greeting.txt").read_text() == "hello\n"


@pytest.mark.parametrize(
    ("said", "instead", "message"),
    [("to reader", "to nobody", "line 24: it said\nto reader"),
     ("cat notes/greeting.txt", "cat notes/other.txt", "line 11: .*No such file"),
     ("```text\nto", "```sql\nto", "line 24: a block of sql without path"),
     ("export NAME=reader", "true", "line 20: .*NAME: unbound variable")],
)  # fmt: skip
def test_a_step_that_does_not_work_is_told_by_its_line(
    tmp_path: Path, said: str, instead: str, message: str
) -> None:
    with pytest.raises(AssertionError, match=message):
        _follow(GUIDE.replace(said, instead), tmp_path / "project")


def test_a_file_that_is_there_already_is_not_overwritten(tmp_path: Path) -> None:
    _follow(GUIDE, tmp_path / "project")
    with pytest.raises(AssertionError, match=r"line 7: notes/greeting\.txt is there already"):
        _follow(GUIDE, tmp_path / "project")
