"""How often things happen in the demo company that sells to companies."""

PEOPLE_PER_COMPANY = 2.5
LEVEL_SHARES = (0.84, 0.11, 0.04, 0.01)  # companies at the top, and at three levels below
SHARES_DOMAIN = 0.6  # of subsidiaries, with their parent
SAME_ADDRESS = 0.3  # of subsidiaries, with a parent in their country
NO_DOMAIN = 0.05  # of companies: they write from a free-mail address

# Which sources know a company, and what they know of it.
IN_CRM = 0.9
IN_ERP = 0.8
TWICE_IN_CRM = 0.04
TWICE_IN_ERP = 0.02
NUMBER_IN_CRM = 0.75
VAT_IN_CRM = 0.6
WEBSITE_IN_CRM = 0.85
NUMBER_IN_ERP = 0.9
VAT_IN_ERP = 0.8
OTHER_ADDRESS_IN_ERP = 0.1  # a post office box
WITHOUT_FORM = 0.15  # of names
UPPER_CASE = 0.1
TYPO_IN_NAME = 0.02
KNOWN_BEFORE_WINDOW = 0.9
HEAD_OFFICE_IN_ERP = 0.5  # of subsidiaries: the debtor that pays
WRONG_HEAD_OFFICE = 0.1  # of these, another company of the group than the parent

# People.
CHANGED_EMPLOYER = 0.08
MOVED_IN_PLACE = 0.7  # of those: the CRM keeps the record; otherwise it makes another
CONTACT_IN_CRM = 0.8
WITHOUT_ACCOUNT_IN_CRM = 0.08
PHONE_IN_CRM = 0.8
AT_WEBINAR = 0.35
FREE_MAIL_AT_WEBINAR = 0.25
PHONE_AT_WEBINAR = 0.5
VISITS_PER_PERSON_AND_DAY = 0.03
FILLS_IN_FORM = 0.4  # of visits

# Trade.
INVOICES_PER_COMPANY_AND_DAY = 0.03
CREDITED = 0.06  # of invoice lines
CREDIT_NAMES_INVOICE = 0.7
CREDIT_OF_NOTHING_SOLD = 0.05
WRITTEN_OFF = 0.002  # invoices that become a bad debt
CONTACT_ON_INVOICE = 0.7
