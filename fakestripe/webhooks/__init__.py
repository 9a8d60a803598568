"""Events, and how they reach the endpoints."""
