"""A walk through every route, as a REST client would take it: `make tour`."""
