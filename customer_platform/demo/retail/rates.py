"""How often each quirk of the demo retailer's data occurs: every rate in one place.

Rates are shares between 0 and 1 of the people, records, receipts or lines named in each comment,
drawn as exact counts where possible so that a small demo behaves like a large one.
"""

# Which source knows how many people. Loyalty cards go mostly to people the CRM knows.
CRM_SHARE = 0.60
WEBSHOP_SHARE = 0.55
CARD_SHARE_IN_CRM = 0.70
CARD_SHARE_OUTSIDE_CRM = 0.20
NEWSLETTER_SHARE = 0.40
SUPPORT_SHARE = 0.15
JOINED_BEFORE_WINDOW = 0.80  # of people

# Countries, in the order of `places.COUNTRIES`.
COUNTRY_SHARES = (0.70, 0.15, 0.09, 0.06)

# People and households.
HOUSEHOLD_SIZES = (0.60, 0.25, 0.10, 0.05)  # households of 1, 2, 3, 4 people
FAMILY_SHARES_LAST_NAME = 0.75  # of people who are not the first of their household
TWINS = 0.012  # of people, as far as they have housemates: last name and birth date of one
NAMESAKES = 0.004  # of people: first name, last name and birth date of somebody elsewhere
HOUSEHOLD_MOVED = 0.10  # of households: changed address once
EMAIL_CHANGED = 0.12  # of people: changed email address once
NEW_EMAIL_ALIKE = 0.80  # of people: the newer address keeps the name and changes the provider
CHANGE_INSIDE_WINDOW = 0.5  # of those changes
TWO_CARDS = 0.05  # of card holders
CARD_KNOWN_IN_CRM = 0.985  # of card holders in the CRM
HOUSEHOLD_CARD = 0.05  # of people in the CRM without a card, whose housemate has one: they share it

# Whether a source hears of a change of somebody it already knew.
TOLD_OF_MOVE = {"crm": 0.6, "webshop": 0.6, "newsletter": 0.3, "support": 0.2}
TOLD_OF_EMAIL = {"crm": 0.5, "webshop": 0.7, "newsletter": 0.6, "support": 0.2}
PROFILE_CHANGED = {"crm": 0.15, "webshop": 0.10, "newsletter": 0.15, "support": 0.10}

# The same person recorded twice in one source, of the people in it.
REGISTERED_TWICE = {"crm": 0.03, "webshop": 0.03, "newsletter": 0.01, "support": 0.10}

# Noise, of records.
NAME_TYPO = 0.035
EMAIL_TYPO = 0.032
FIRST_NAME_INITIAL = 0.02
NICKNAME = 0.05  # of records whose first name has one
ACCENTS_DROPPED = 0.30  # of records with an accented name
UMLAUT_SPELT_OUT = 0.05  # of records with an umlaut: Müller as Mueller
NAME_CASE_NOISE = 0.04
NAME_BLANK_NOISE = 0.02
EMAIL_CASE_NOISE = 0.05
EMAIL_BLANK_NOISE = 0.02
STREET_ABBREVIATED = 0.03
LANDLINE_GIVEN = 0.25  # of records of people in a household with a landline
HOUSEHOLD_LANDLINE = 0.50  # of households

# Placeholders people or shop assistants type instead of the truth, of records.
TEST_EMAIL = {"crm": 0.010, "webshop": 0.006, "newsletter": 0.003, "support": 0.006}
NOREPLY_EMAIL = {"crm": 0.008, "webshop": 0.002, "newsletter": 0.001, "support": 0.004}
ZERO_PHONE = 0.012
SEQUENCE_PHONE = 0.010
PARTNER_EMAIL = 0.008  # of records of people with housemates: they share an address

# Fields left empty, of records.
EMPTY = {
    "crm": {"email": 0.08, "phone": 0.25, "birth_date": 0.15, "street": 0.06, "postcode": 0.05},
    "webshop": {"email": 0.0, "phone": 0.40, "street": 0.06, "postcode": 0.04},
    "newsletter": {"email": 0.0, "first_name": 0.25, "last_name": 0.30, "postcode": 0.40},
    "support": {"email": 0.08, "phone": 0.30, "postcode": 0.45},
}

# Sales. Volumes are per person over 60 days and scale with the days.
ORDER_LINES_PER_PERSON = 4.0
LINES_PER_ORDER = 2.8
GUEST_ORDERS = 0.18  # of orders
ORDER_LINES_RETURNED = 0.05  # of sale lines of accounts, where days are left to return them
RETURN_WITHOUT_SALE = 0.15  # of webshop returns: no earlier sale in the data explains them
GUEST_LINES_RETURNED = 0.01
WRITE_OFFS = 0.003  # of order lines
REPEATED_LINES = 0.01  # of order lines
DISCOUNTED_LINES = 0.10
MISSING_DESCRIPTION = 0.003
DAYS_WITHOUT_ORDERS = 1 / 30
DAYS_PER_BAD_DEBT = 30

RECEIPT_LINES_PER_PERSON = 4.0
LINES_PER_RECEIPT = 2.0
RECEIPTS_WITH_CARD = 0.70
E_RECEIPT_IN_CRM = 0.60  # of people whose card the CRM knows
E_RECEIPT_OUTSIDE_CRM = 0.98  # of all other people
E_RECEIPT_SENT = 0.85  # of receipts of people who want them by email
E_RECEIPT_WITHOUT_CARD = 0.05  # of receipts without a card
CARD_EMAIL_TYPO = 0.03  # of cards
CARD_NOREPLY_EMAIL = 0.006  # of cards
RECEIPT_LINES_RETURNED = 0.04
RETURN_SHOWS_RECEIPT = 0.70
POS_RETURN_WITHOUT_SALE = 0.15  # of till returns without the receipt

# Web.
EVENTS_PER_PERSON = 12.0
EVENTS_PER_VISIT = 4.5
VISITS_NEVER_KNOWN = 0.30  # of browsing visits
VISIT_LOGS_IN = 0.45  # of browsing visits of people with an account
ORDERS_TRACKED = 0.75  # of orders of accounts; the rest blocks tracking
SHARED_DEVICE_VISITS = 0.15  # of visits of people in households of two and more
MAX_DEVICES = 3
CAMPAIGN_VISITS = 0.35
