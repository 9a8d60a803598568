"""Development and tests only: never imported by the apps, not in the production image."""
