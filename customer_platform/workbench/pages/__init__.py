"""One module of routes for each page."""

from customer_platform.workbench.pages import find

ROUTERS = (find.router,)
