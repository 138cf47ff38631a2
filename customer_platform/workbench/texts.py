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
