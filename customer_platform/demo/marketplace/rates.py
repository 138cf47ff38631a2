"""How often each quirk of the demo marketplace's data occurs: every rate in one place.

Rates are shares between 0 and 1, drawn as exact counts where possible. The quirks of buyers' records
are those of the demo retailer (`demo.retail.rates`).
"""

# Who is where.
ACCOUNT_SHARE = 0.80  # of people: have a buyer's account in the app
BUYER_CONTACT_SHARE = 0.25  # of people: asked the help desk as buyers
PEOPLE_PER_COMPANY = 8
OWNS_TWO = 0.08  # of companies: their owner has another one
OWNER_BUYS = 0.50  # of owners: have a buyer's account, too
REGISTERED_BEFORE_WINDOW = 0.85  # of companies

# Sellers' records, of companies.
IN_CRM = 0.60
IN_HELPDESK = 0.30
REGISTERED_TWICE = {"seller_portal": 0.06, "sales_crm": 0.04, "helpdesk": 0.05}
ALSO_ASKED_AS_BUYER = 0.30  # of sellers' contacts whose owner has an account: role both
BUYS_FOR_COMPANY = 0.20  # of owners' accounts: give the company's VAT number

# What sellers' records say, of records.
OWNERS_EMAIL = 0.55  # of companies: the owner's private address
OWNERS_PHONE = 0.60  # of companies
EMPTY = {
    "seller_portal": {"registration_number": 0.04, "vat_id": 0.15, "phone": 0.10, "name": 0.0},
    "sales_crm": {"registration_number": 0.45, "vat_id": 0.55, "phone": 0.25, "name": 0.0},
    "helpdesk": {"registration_number": 1.0, "vat_id": 0.85, "phone": 0.40, "name": 0.30},
}
OTHER_EMAIL = {"seller_portal": 0.0, "sales_crm": 0.12, "helpdesk": 0.04}
NAME_TYPO = 0.02
# The full name, without legal form, in capitals, with the legal form spelt out.
NAME_STYLES = {
    "seller_portal": (0.90, 0.02, 0.03, 0.05),
    "sales_crm": (0.35, 0.30, 0.10, 0.25),
    "helpdesk": (0.30, 0.50, 0.05, 0.15),
}

# Orders. Volumes are per account over 60 days and scale with the days.
ORDERS_PER_ACCOUNT = 2.5
LINES_PER_ORDER = 1.8
GUEST_ORDERS = 0.06
OWN_SHOP_ORDERS = 0.05  # of orders of owners: from their own company
LINES_RETURNED = 0.07  # of lines on which days are left to return them
RETURN_NAMES_LINE = 0.85  # of returns
RETURN_WITHOUT_SALE = 0.02  # of returns: no sale in the data explains them
LINES_CORRECTED = 0.01  # of lines: the commission was corrected later
COMMISSION_RATES = (8, 10, 12, 15)  # percent, by seller
SHIPPING_CENTS = (0, 395, 495, 695)

# Visits of sellers to the portal, per company and day.
PORTAL_VISITS = 0.35
PORTAL_LOG_IN = 0.85
