"""The documentation site: what it documents, and that a browser needs nothing else for it."""

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from customer_platform.project import REPOSITORY

# What a browser loads by itself, in contrast to what a reader clicks.
_LOADED_FROM_ELSEWHERE = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*\bsrc=[\"']?(?:https?:)?//[^>]*>"
    r"|<link\b(?![^>]*rel=[\"']?(?:canonical|prev|next|edit))[^>]*href=[\"']?(?:https?:)?//[^>]*>"
)
_PACKAGES = ("components", "identity", "ingestion", "onboarding", "publishing")


def _build(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", *options]
    return subprocess.run(
        [*command, "--site-dir", str(folder)],
        cwd=REPOSITORY,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    result = _build(folder)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        assert _LOADED_FROM_ELSEWHERE.findall(page.read_text()) == [], page.name


@pytest.mark.parametrize(
    "loaded",
    ['<script src="https://unpkg.com/mermaid@11"></script>',
     '<link rel="stylesheet" href="https://fonts.googleapis.com/css">',
     '<link href="//fonts.gstatic.com" rel="preconnect">',
     "<img src=https://example.com/badge.svg>"],
)  # fmt: skip
def test_what_a_browser_would_load_from_elsewhere_is_found(loaded: str) -> None:
    assert _LOADED_FROM_ELSEWHERE.findall(f"<p>text</p>{loaded}")


def test_diagrams_are_drawn_by_the_copy_of_mermaid_that_comes_with_the_site(site: Path) -> None:
    page = (site / "data-model.html").read_text()
    assert 'src="javascripts/mermaid.tiny.js"' in page
    assert page.count('class="mermaid"') >= 3


@pytest.mark.parametrize("package", _PACKAGES)
def test_every_public_name_is_in_the_reference(site: Path, package: str) -> None:
    module = importlib.import_module(f"customer_platform.{package}")
    anchors = set(re.findall(r'id="([\w.]+)"', (site / f"reference/{package}.html").read_text()))
    documented = {anchor.rpartition(".")[2] for anchor in anchors}
    assert set(module.__all__) <= documented


def test_a_link_that_leads_nowhere_fails_the_build(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text("# Start\n\n[gone](gone.md) [there](#there)\n")
    config = tmp_path / "mkdocs.yml"
    validation = (REPOSITORY / "mkdocs.yml").read_text().partition("validation:")[2]
    validation = validation.partition("\n\n")[0]
    config.write_text(f"site_name: s\ntheme: {{name: material}}\nvalidation:{validation}\n")
    result = _build(tmp_path / "site", "--config-file", str(config))
    assert result.returncode != 0
    assert "'gone.md'" in result.stderr
    assert "#there" in result.stderr
