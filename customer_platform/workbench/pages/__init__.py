"""One module of routes for each page."""

from customer_platform.workbench import api
from customer_platform.workbench.pages import (
    customer,
    decide,
    decide_many,
    entities,
    find,
    health,
    rules,
    sign_in,
)

# The last one's paths begin with the name of an entity, which may be any.
ROUTERS = (
    api.router,
    find.router,
    sign_in.router,
    entities.router,
    decide.router,
    decide_many.router,
    rules.router,
    health.router,
    customer.router,
)
