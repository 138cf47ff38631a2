"""Models in a file: a JSON of all similar rules' models, beside the map that they made."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from customer_platform.errors import SimilarRulesError
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.similar.model import SimilarityModel


def models_path(customer_id_map: Path) -> Path:
    """Where the models are that a map was made by."""
    return customer_id_map.with_name(customer_id_map.name + ".models.json")


def known_models(
    rules: ResolutionRules, models: Path | None, output: Path, previous: Path | None
) -> dict[str, SimilarityModel]:
    """The models of an earlier run, by the name of their rule; none where no rule needs any.

    Args:
        rules: The rules.
        models: The file of models; None looks beside the maps.
        output: The map that is made.
        previous: The map whose customer IDs are carried over.

    Raises:
        SimilarRulesError: The file isn't one of models; names it.
    """
    if not any(rule.similar for rule in rules.match_rules):
        return {}
    places = [models] if models else [models_path(path) for path in (output, previous) if path]
    found = next((path for path in places if path.exists()), None)
    return read_models(found) if found else {}


def read_models(path: Path) -> dict[str, SimilarityModel]:
    """Reads models, by the name of their rule.

    Raises:
        SimilarRulesError: The file isn't there, or isn't one of models; names it.
    """
    try:
        texts = json.loads(path.read_bytes())
        models = [SimilarityModel.from_json(json.dumps(each)) for each in texts]
    except OSError as error:
        raise SimilarRulesError(f"{path}: the models can't be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise SimilarRulesError(
            f"{path}: this is no file of models ({error}); take it away, and they are trained anew"
        ) from error
    return {model.rule: model for model in models}


def write_models(path: Path, models: Iterable[SimilarityModel]) -> None:
    """Writes models; the file is replaced as a whole."""
    part = path.with_name(path.name + ".part")
    texts = [model.to_json() for model in sorted(models, key=lambda model: model.rule)]
    part.write_text("[" + ",\n".join(texts) + "]\n", encoding="utf-8")
    os.replace(part, path)
