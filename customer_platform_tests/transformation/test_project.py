import os
from pathlib import Path

from customer_platform.transformation.project import is_newer


def _touch(path: Path, seconds: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    os.utime(path, (seconds, seconds))
    return path


def test_what_was_made_after_its_sources_is_not_made_again(tmp_path: Path) -> None:
    source = _touch(tmp_path / "models" / "a.sql", 100)
    assert is_newer(_touch(tmp_path / "manifest.json", 200), [source])
    assert not is_newer(_touch(tmp_path / "manifest.json", 50), [source])
    assert not is_newer(tmp_path / "absent.json", [source])
