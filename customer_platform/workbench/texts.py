"""The texts of the pages, in one place."""

TITLE = "Workbench"
SKIP = "Skip to content"
SEARCH = "Search"
SEARCH_HINT = "Name, email, phone, postcode, order, record or ID"
FIND, DECIDE, TRY_RULES, HEALTH = "Find", "Decide", "Try rules", "Health"

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
