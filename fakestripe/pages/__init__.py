"""The pages: checkout, portal, invoice and receipt for customers, and the dashboard."""
