"""Every error that the platform raises on purpose: its message says what is wrong and what to do.

    CustomerPlatformError
    ├── DeclarationError              what a project or its environment declares
    │   ├── ProjectError
    │   ├── ReleasedProjectError
    │   ├── EnvironmentVariableError
    │   ├── IncompleteModelError
    │   ├── FaultyYamlError
    │   ├── EntityError
    │   ├── PersonalError
    │   └── DataModelError
    ├── IngestionError                what a source delivers
    │   ├── MissingFileError
    │   ├── UnreadableFileError
    │   ├── SchemaError
    │   ├── TooManyRejectsError
    │   ├── TableMismatchError
    │   └── DatabaseError
    ├── OnboardingError               a source that is to be added
    │   └── UnclearEntityError
    ├── IdentityError                 who is who
    │   ├── RulesError
    │   ├── SimilarRulesError
    │   ├── NamesRecordsError
    │   │   ├── RecordsError
    │   │   ├── PreviousMapError
    │   │   └── OverridesError
    │   ├── StateError
    │   ├── OverrideRefusedError
    │   ├── DecisionsError
    │   ├── HealthError
    │   ├── ExplainError
    │   ├── RuleTestsError
    │   ├── NoMapError
    │   ├── ClusterError
    │   └── LargeComponentError
    ├── RunError                      a run of the platform
    │   ├── NothingLandedError
    │   ├── ForkedHomeError
    │   ├── OtherBusinessModelError
    │   ├── OpenHomeError
    │   ├── DaysError
    │   ├── RunFailedError
    │   ├── SourcesFailedError
    │   ├── ManifestMissingError
    │   ├── EngineError
    │   ├── EngineUnavailableError
    │   └── NotOnEngineError
    ├── PublishingError               what readers see
    │   ├── IncompleteMastersError
    │   ├── PublishedViewError
    │   ├── PublishedColumnError
    │   ├── NotPublishedError
    │   ├── NoEvidenceError
    │   └── QueryError
    ├── PrivacyError                  what people may ask of their data
    │   ├── RetentionError
    │   └── TotalsChangedError
    ├── PromotionError                a change on its way to production
    │   ├── PlanError
    │   ├── StalePlanError
    │   ├── ApprovalError
    │   ├── VersionError
    │   ├── BusyError
    │   └── RefusedVersionError
    ├── WorkbenchError                what the workbench is asked to do
    │   ├── SignInError
    │   ├── MatchError
    │   └── NormalisingError
    └── DemoError

`customer-platform` shows them without a traceback. What a caller passes wrongly, and not a person,
raises Python's own errors.
"""

from collections.abc import Iterable, Sequence


class CustomerPlatformError(Exception):
    """Any error that a person can do something about."""


class DeclarationError(CustomerPlatformError, ValueError):
    """A declaration is wrong; a ValueError, as pydantic names the key of those alone."""


class ProjectError(DeclarationError):
    """There is no project here, or it holds nothing; the message says how to make one."""


class ReleasedProjectError(DeclarationError):
    """The project is that of a released version, which isn't changed in place."""


class EnvironmentVariableError(DeclarationError):
    """An environment variable holds a value that the platform doesn't know."""


class IncompleteModelError(DeclarationError):
    """Pieces of the business model are missing; the message names each, and what to write there."""


class FaultyYamlError(DeclarationError):
    """A YAML can't be read, or isn't right: a line each, `file:line:column: what is wrong`."""


class EntityError(DeclarationError):
    """The business model doesn't resolve the entity, or resolves several and none was named."""


class PersonalError(DeclarationError):
    """A declaration names a kind of personal data that there isn't."""


class DataModelError(DeclarationError):
    """The declarations don't say enough to draw the data model."""


class IngestionError(CustomerPlatformError, ValueError):
    """A partition cannot be loaded; the message names the file and what to do."""


class MissingFileError(IngestionError):
    """A required partition has no file in the landing zone."""


class UnreadableFileError(IngestionError):
    """A file is empty, cut off, or not of the declared format."""


class SchemaError(IngestionError):
    """A file lacks a declared column, or names one twice."""


class TooManyRejectsError(IngestionError):
    """A larger share of a file was rejected than the table's `max_reject_rate` allows."""


class TableMismatchError(IngestionError):
    """The raw table in the warehouse holds a column with another type than is now declared."""


class DatabaseError(IngestionError):
    """A database cannot be read; the message names the table and what to do, and no password."""


class OnboardingError(CustomerPlatformError, ValueError):
    """A source cannot be proposed or written; the message names the file and what to do."""


class UnclearEntityError(OnboardingError):
    """Records whose entity is unclear.

    Attributes:
        table: The table.
        entities: Those that the business model resolves.
    """

    def __init__(self, table: str, entities: Sequence[str]) -> None:
        self.table, self.entities = table, entities
        super().__init__(
            f"table {table!r} holds records, and neither its name nor its columns say of whom: "
            f"say --entity {' or --entity '.join(entities)}, or --kind other if they are none"
        )


class IdentityError(CustomerPlatformError, ValueError):
    """Identities can't be resolved, explained or changed as asked."""


class RulesError(IdentityError):
    """The rules don't fit the records: a match key's column, or the record id, isn't there."""


class SimilarRulesError(IdentityError):
    """A rule of kind `similar` can't be applied: Splink is missing, or its model can't be read."""


class NamesRecordsError(IdentityError):
    """An error whose message names records.

    Attributes:
        records: Source and id of each, so that the message can be shown without them.
    """

    def __init__(self, message: str, records: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.records = tuple(records)


class RecordsError(NamesRecordsError):
    """The records can't be resolved: a record id is missing or given more than once."""


class PreviousMapError(NamesRecordsError):
    """The previous map can't be carried over: a column is missing or a record is in it twice."""


class OverridesError(NamesRecordsError):
    """The overrides of links can't be applied: a kind is unknown, or two contradict each other."""


class StateError(IdentityError):
    """The kept map can't be updated in the way asked for."""


class OverrideRefusedError(IdentityError):
    """An override can't be written down or removed; the message says why and what to do."""


class DecisionsError(IdentityError):
    """The store of decisions can't be reached, or has no such decision; nothing has changed."""


class HealthError(IdentityError):
    """A value can't be ignored as proposed; the message says why."""


class ExplainError(IdentityError):
    """There is nothing to explain: the customer or record isn't there, or the map is broken."""


class RuleTestsError(IdentityError):
    """A file of rule tests isn't right; the message names file, line and column, or the test."""


class NoMapError(IdentityError):
    """The deployment has no ID map of the entity yet, or it can't be read now."""


class ClusterError(IdentityError):
    """Spark can't be reached, or can't resolve; the message says what it lacks."""


class LargeComponentError(IdentityError):
    """So many records hang together that no worker can hold them; names the values that do it."""


class RunError(CustomerPlatformError, RuntimeError):
    """A run can't start, or has failed."""


class NothingLandedError(RunError):
    """No declared source has anything to load."""


class ForkedHomeError(RunError):
    """A home isn't a copy of the one that it reads, or holds what was erased there."""


class OtherBusinessModelError(RunError):
    """The home holds the data of another business model."""


class OpenHomeError(RunError):
    """Others may enter the home, and only its owner could change that."""


class DaysError(RunError):
    """The days asked for can't be built; the message names those that can."""


class RunFailedError(RunError):
    """The main job has failed; the message names the steps and why."""


class SourcesFailedError(RunError):
    """Sources could not land; the message names them and why."""


class ManifestMissingError(RunError):
    """The dbt project has not been parsed yet, so its models aren't known."""


class EngineError(RunError):
    """The project's dbt can't be led to the macros of the software."""


class EngineUnavailableError(RunError):
    """The engine that was chosen can't be used: a package, its server or its lake is missing."""


class NotOnEngineError(RunError):
    """The engine that was chosen doesn't do that yet; the message says what to do instead."""


class PublishingError(CustomerPlatformError, RuntimeError):
    """The masters can't be published, or what is published can't be read."""


class IncompleteMastersError(PublishingError):
    """The masters are not those of a complete run; the message says what to do."""


class PublishedViewError(PublishingError):
    """A relation can't be published as a view; the message says why."""


class PublishedColumnError(PublishingError):
    """A relation can't be published with its columns as declared; the message says why."""


class NotPublishedError(PublishingError):
    """Nothing is published yet; the message says what publishes it."""


class NoEvidenceError(PublishingError):
    """What is published has no evidence of identities; it has to be published again."""


class QueryError(PublishingError):
    """A query can't be run; the message has what DuckDB says."""


class PrivacyError(CustomerPlatformError, ValueError):
    """A person's data can't be found, erased, kept out or handed over as asked."""


class RetentionError(PrivacyError):
    """What is older than declared can't be deleted or anonymised; the message says why."""


class TotalsChangedError(PrivacyError):
    """Erasing somebody would change a total of the facts."""


class PromotionError(CustomerPlatformError, RuntimeError):
    """A change can't be planned, approved, applied or rolled back; nothing has changed."""


class PlanError(PromotionError):
    """A plan can't be made or read; the message says why."""


class StalePlanError(PromotionError):
    """The plan is of another project or another version than there is now: plan again."""


class ApprovalError(PromotionError):
    """The plan lacks an approval, or may not be approved by who tries to."""


class VersionError(PromotionError):
    """There is no such version, or it is gone; the message lists those there are."""


class BusyError(PromotionError):
    """Somebody else is applying or rolling back, or a run is in progress."""


class RefusedVersionError(PromotionError):
    """The version was built and isn't put in force: checks fail, or more changes than planned."""


class WorkbenchError(CustomerPlatformError, ValueError):
    """The workbench can't do what it is asked to."""


class SignInError(WorkbenchError):
    """Others could reach the workbench without having signed in."""


class MatchError(WorkbenchError):
    """A record that is to be matched names an attribute that its entity hasn't."""


class NormalisingError(WorkbenchError):
    """A value can't be made comparable, or not in time."""


class DemoError(CustomerPlatformError, ValueError):
    """The demo cannot be generated as asked."""
