"""Splink as its own tutorials match these data sets: 50k historical persons, and FEBRL 4.

https://moj-analytical-services.github.io/splink/demos/examples/examples_index.html
"""

import logging

import duckdb
import splink.comparison_level_library as levels
import splink.comparison_library as comparisons
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.blocking_rule_library import CustomRule

_HISTORICAL = "historical_50k"
RECORDS = "tutorial_records"


def cluster(connection: duckdb.DuckDBPyConnection, name: str, records: str) -> str:
    """Matches a data set; returns the query of source, source_record_id and customer_id.

    Args:
        connection: A connection.
        name: The data set's name.
        records: Its query.
    """
    logging.getLogger("splink").setLevel(logging.ERROR)
    connection.execute(
        f"create table {RECORDS} as select *, row_number() over (order by record_id) as unique_id "
        f"from ({records})"
    )
    if name == _HISTORICAL:
        linker, threshold = _historical(connection), 0.95
    else:
        linker, threshold = _febrl(connection, has_ssn="without" not in name), 0.95
    predictions = linker.inference.predict(threshold_match_probability=0.2, warning_mode="never")
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(predictions, threshold)
    return (
        f"select records.source, records.record_id as source_record_id, "
        f"cast(cluster_id as varchar) as customer_id from {found.physical_name} "
        f"join {RECORDS} as records using (unique_id)"
    )


def _linker(connection: duckdb.DuckDBPyConnection, settings: SettingsCreator) -> Linker:
    api = DuckDBAPI(connection)
    return Linker(api.register(RECORDS, dataset_display_name=RECORDS), settings, log_level=None)


def _historical(connection: duckdb.DuckDBPyConnection) -> Linker:
    connection.execute(
        f"alter table {RECORDS} add column first_name_surname_concat varchar; "
        f"update {RECORDS} set first_name_surname_concat = first_name || ' ' || surname"
    )
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            block_on("first_name", "surname"),
            block_on("surname", "dob"),
            block_on("first_name", "dob"),
            block_on("postcode_fake", "first_name"),
            block_on("postcode_fake", "surname"),
            block_on("dob", "birth_place"),
            block_on("substr(postcode_fake,1,3)", "dob"),
            block_on("substr(postcode_fake,1,3)", "first_name"),
            block_on("substr(postcode_fake,1,3)", "surname"),
            block_on("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
        ],
        comparisons=[
            comparisons.ForenameSurnameComparison(
                "first_name",
                "surname",
                forename_surname_concat_col_name="first_name_surname_concat",
            ),
            comparisons.DateOfBirthComparison("dob", input_is_string=True),
            comparisons.PostcodeComparison("postcode_fake"),
            comparisons.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
            comparisons.ExactMatch("occupation").configure(term_frequency_adjustments=True),
        ],
    )
    linker = _linker(connection, settings)
    linker.training.estimate_probability_two_random_records_match(
        [
            "l.first_name = r.first_name and l.surname = r.surname and l.dob = r.dob",
            "substr(l.first_name,1,2) = substr(r.first_name,1,2) and l.surname = r.surname "
            "and substr(l.postcode_fake,1,2) = substr(r.postcode_fake,1,2)",
            "l.dob = r.dob and l.postcode_fake = r.postcode_fake",
        ],
        recall=0.6,
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for rule in (block_on("first_name", "surname"), block_on("dob")):
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True
        )
    return linker


def _febrl(connection: duckdb.DuckDBPyConnection, *, has_ssn: bool) -> Linker:
    ssn = [comparisons.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2])] if has_ssn else []
    block_ssn = [block_on("soc_sec_id")] if has_ssn else []
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "surname"),
            CustomRule("l.given_name = r.surname and l.surname = r.given_name"),
            block_on("date_of_birth"),
            *block_ssn,
            block_on("state", "address_1"),
            block_on("street_number", "address_1"),
            block_on("postcode"),
        ],
        comparisons=[
            comparisons.NameComparison("given_name"),
            comparisons.NameComparison("surname"),
            comparisons.CustomComparison(
                output_column_name="date_of_birth",
                comparison_levels=[
                    levels.NullLevel("date_of_birth"),
                    levels.ExactMatchLevel("date_of_birth"),
                    levels.DamerauLevenshteinLevel("date_of_birth", 1),
                    levels.DamerauLevenshteinLevel("date_of_birth", 2),
                    levels.ElseLevel(),
                ],
            ),
            *ssn,
            comparisons.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            comparisons.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
        ],
    )
    linker = _linker(connection, settings)
    linker.training.estimate_probability_two_random_records_match(
        [
            block_on("given_name", "surname", "date_of_birth"),
            block_on("surname", "date_of_birth", "postcode"),
            *([block_on("soc_sec_id")] if has_ssn else []),
        ],
        recall=0.9 if has_ssn else 0.8,
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    for rule in (block_on("date_of_birth"), block_on("given_name", "surname")):
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True
        )
    return linker
