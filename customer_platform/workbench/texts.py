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
ATTRIBUTE, VALUE, SOURCE, OTHERS = "Attribute", "Value", "From", "Values that lost"
CHOSEN = "chosen by {survivorship}"
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
MOVE_COLUMNS = ("When", "Records", "From", "To", "Why")
VERSIONS = "What was known when"
VERSION_COLUMNS = ("Since", "What", "Before", "Then")
DECISIONS = "Who decided what"
DECISION_COLUMNS = ("When", "Who", "Decision", "Records", "Reason")
NO_DECISIONS = "Nobody has decided anything about these records."

API = "API"
API_HINT = "What the pages show, as JSON. The description as a file: "
