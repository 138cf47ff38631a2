"""Links by similarity: which records are compared, how alike they are, and how likely the same.

Built on Splink (https://moj-analytical-services.github.io/splink), the optional extra `similar`.
What is kept of it is a trained model and, per pair of records, a probability; the same model gives
the same pair the same probability, whatever other records there are.
"""

from customer_platform.identity.similar.matching import find_pairs, linking_pairs
from customer_platform.identity.similar.model import SimilarityModel, model_version, threshold_of
from customer_platform.identity.similar.models_file import read_models, write_models
from customer_platform.identity.similar.pairs import SimilarPairs

__all__ = [
    "SimilarPairs",
    "SimilarityModel",
    "find_pairs",
    "linking_pairs",
    "model_version",
    "read_models",
    "threshold_of",
    "write_models",
]
