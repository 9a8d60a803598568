"""Stripe's objects: a module for each, with what can happen to it and its routes."""
