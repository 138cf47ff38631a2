"""The texts of the pages, in one place."""

TITLE = "Workbench"
SKIP = "Skip to content"
SEARCH = "Search"
SEARCH_HINT = "Name, email, phone, postcode, order, record or ID"
FIND, DECIDE, TRY_RULES, HEALTH = "Find", "Decide", "Try rules", "Health"

SIGN_IN, SIGN_OUT, USER_NAME, PASSWORD = "Sign in", "Sign out", "Name", "Password"
WRONG_PASSWORD = "There is no user of this name and password."
WAIT = "Too many attempts. Try again in {seconds} s."
NOT_ALLOWED = "That isn't allowed"
SIGN_IN_FIRST = "Sign in first."
NEEDS_ROLE = "This needs the role {role}: ask whoever runs the workbench."
NO_TOKEN = "This form is from an earlier session. Load the page again, and send it once more."
BODY_TOO_LARGE = "What was sent is larger than 2 MB."
OTHER_HOST = "The workbench isn't known by this name here: open it as 127.0.0.1 or localhost."

ONE_OR_TWO = "One {one}, or two {two}?"
BLIND = "Hide what the model thinks"
SEE_OPINION = "Show what the model thinks"
BULK = "Decide about many"
OWN_PAIR = "Decide about two records of your choice"
OTHER_RECORD, RECORD_HINT, COMPARE = "Other record", "SOURCE:ID", "Compare"
ALL_DECISIONS = "Decisions"
BACK_TO_QUEUE = "Back to the queue"
NOTHING_TO_DECIDE = (
    "There is nothing left to decide for you. What others look at, or you have skipped, isn't "
    "shown here."
)
QUEUED = "The rule {rule} isn't sure: {probability} % that the two are one."
SAMPLED_LINK = "The rule {rule} has linked the two. Your answer measures how often it is right."
SIDE_BY_SIDE = "The two records side by side"
REASON = "Reason"
EQUAL, UNEQUAL = "equal", "not equal"
SAME, DIFFERENT, SKIP_PAIR, UNDO = "Same", "Different", "Skip", "Undo"
NEXT_RUN = "What the next run will do"
IF_SAME, IF_DIFFERENT = "If they are the same", "If they are different"
REVIEWED = "reviewed in the workbench"
UNDONE = "taken back in the workbench"
NOTHING_TO_UNDO = "there is nothing to undo: withdraw a decision on the page of decisions"
WITHDRAW, WAS_WITHDRAWN = "Withdraw", "{kind}, withdrawn"
WITHDRAWN = "Withdrawn by {by} on {at}: {why}"
WITH_WITHDRAWN, WITHOUT_WITHDRAWN = "Show withdrawn ones, too", "Hide withdrawn ones"
NO_DECISION_YET = "Nothing is decided in the store yet."
PRECISION = "How often rules are right"
PRECISION_HINT = (
    "By decisions on links that were drawn by chance. With 95 % the precision lies in the interval."
)
PRECISION_COLUMNS = ("Rule", "Decided", "Precision", "Interval")
SPLIT, SPLIT_TITLE = "Split", "Split a {noun}"
SPLIT_HINT = "Mark the records that are someone else, and see what the next run will do."
SPLIT_REASON = "split in the workbench"
SOMEONE_ELSE, RECORD = "Someone else", "Record"
PREVIEW = "Show what it does"
OUTLOOK = "{merges}, {splits}; {moved} with another ID."
MOVES_TO = "{records} of {now}: to {later}"
STILL_REFUSED = "A link is refused by {by}"
EMPTY_QUEUE = "The queue is empty."
RULE, LEAST, MOST, DECISION = "Rule", "Probability from", "to", "Decision"
BULK_FOUND = "{pairs} found, of at most {limit} at once."
BULK_REASON = "all pairs of {rule} from {least} to {most}"
BULK_CHANGED = (
    "the filter finds other pairs now than were shown: somebody has decided meanwhile, or a run "
    "has published. Look again"
)
TOO_MANY_TO_SPLIT = (
    "it has {records:,} records, and {most} can be looked at here: `customer-platform override "
    "--different` parts two of them, and `preview` tries a rule that is stricter"
)
DECIDE_ALL = "Decide about {pairs}"
TRY_RULES_TITLE = "Try other rules for {nouns}"
TRY_RULES_HINT = (
    "Change the rules or the records. Nothing is saved: the rules in force are the project's."
)
RULES_YAML = "Rules"
RECORDS_CSV = "Records, with the columns of the first line"
TRY = "Try"
PREVIEW_ALL = "Preview on all records"
NOT_RIGHT = "This isn't right yet"
TRIED = "These records are {customers}"
LEFT_OUT = "Not applied to these few: {rules}, whose model is trained on all records."
OVER_SHARED = "Too many share {value} to be linked by {rule}: {records} records."
PREVIEWING = "Previewing on all records"
PREVIEWED = "What these rules would change"
TOO_MANY_JOBS = "Too many previews are waiting. Try again when one has ended."
NO_SUCH_JOB = "There is no such preview any more: start it again"
HEALTH_TITLE = "How {nouns} fare"
CONSOLIDATION = "Consolidation"
CONSOLIDATION_HINT = "of {records} are merged into others: they are {customers}."
RUNS = "The last runs"
RUN_COLUMNS = (
    "Run", "Mode", "Records", "Identities", "Merged", "New records", "Moved", "Refused links",
)  # fmt: skip
RULES, RULE_COLUMNS = "Rules", ("Rule", "Links", "Records matched", "Over-shared values")
REFUSED_LINKS, REFUSED_COLUMNS = "Refused links", ("Refused by", "Links")
SIZES, SIZE_COLUMNS = "Sizes", ("Records of one", "How many")
KNOWN, KNOWN_COLUMNS = "Known and anonymous", ("Facts", "Known", "Anonymous", "Share known")
NONE = "None."
CHECKS = "Checks"
OK = "ok"
HOLDS = "Bound:"
LIKELY = "Likely"
PROPOSED = "Values that many different people share"
PROPOSED_HINT = "If one is a placeholder, or a shop's own, it should link no one."
SHARED_BY = "{people} people in {records} records of {sources}"
IGNORE = "Ignore it"
IGNORED = "The value is written to the ignored values. The next run links no one by it."
IGNORED_BECAUSE = "shared by {people} people, ignored by {user}"
NOT_PROPOSED = "this value isn't among those that are proposed: load the page again"
STORE_AWAY = "Decisions can't be reached"

AS_OF = "As published on"
SIGNED_IN = "Signed in as"
MASKED = "Personal data is masked for your role."

NOT_PUBLISHED = "Nothing is published yet"
NO_EVIDENCE = "This publication has no evidence"
NOT_FOUND = "Not found"
NO_SUCH_PAGE = "There is no such page. Search for what you were looking for."
FAILED = "That didn't work"

RESULT = "result"
MORE_FOUND = "The best {most}; type more to narrow it down"
NOBODY_FOUND = "No one is found by '{query}'."
NOBODY_HINT = (
    "Check the spelling, or search by something else: an email address, a phone number, a "
    "postcode, or the number of an order or a record."
)
TOO_LONG = (
    "Search for at most {longest} characters; this has {length:,}. Leave out all but a name, an "
    "address or a number."
)
# By how a term was found.
WHY_FOUND = {
    "exact": "{attribute}: {term}",
    "begins": "{attribute} begins so: {term}",
    "alike": "{attribute} is spelt like it: {term}",
    "id": "ID begins with {term}",
    "former id": "{term} is a former ID",
}
FIND_TITLE = "Find anyone"
FIND_HINT = (
    "Type a name, also one that is misspelt, an email address, a phone number, a postcode, the "
    "number of an order or a record (source:id), or an ID, present or past. The key / leads here."
)

LOADING = "Loading ..."
FORMER_ID = "{former} is a former ID of this {noun}; this is its successor."
GOLDEN = "Golden record"
ATTRIBUTE, VALUE, SOURCE, OTHERS = "Attribute", "Value", "From, chosen by", "Values that lost"
FIGURES = "Figures"
IDENTIFIERS = "Identifiers"
CONSENT = "Consent"
RECORDS = "Records side by side"
RELATED = "Belongs together with"
MORE_RELATED = "and {count} more"
WHY_ONE = "Why these records are one"
DRAWING = "Records and links, drawn; the table below says the same."
TOO_LARGE = "These are too many records to draw; the table has all links."
LINK_COLUMNS = ("Record", "Linked to", "By", "Equal values", "Shared", "Support")
WEAKEST = "weakest"
SINGLE_RECORD = "There is a single record, and so no link."
REFUSED = "Refused links"
WATERFALL = "Why {record} and {linked_to} are taken for one"
TIMELINE = "Time line"
ALL_KINDS = "Everything"
NOTHING_DONE = "Nothing here."
NEWER, OLDER = "Newer", "Older"
HISTORY = "History"
ISSUED = "The ID was given on {at}."
MERGED = "Merged into it"
MOVES = "Records that came and left"
COMMENTS, COMMENT, ADD_COMMENT = "Comments", "Comment", "Add"
NO_COMMENTS = "Nobody has written anything about these records."
COMMENT_HIDDEN = "(hidden for your role)"
MOVE_COLUMNS = ("When", "Records", "From", "To", "Why")
VERSIONS = "What was known when"
VERSION_COLUMNS = ("Since", "What", "Before", "Then")
DECISIONS = "Who decided what"
DECISION_COLUMNS = ("When", "Who", "Decision", "Records", "Reason")
NO_DECISIONS = "Nobody has decided anything about these records."

API = "API"
API_HINT = "What the pages show, as JSON. The description as a file: "
