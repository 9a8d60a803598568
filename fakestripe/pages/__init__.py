"""The pages that a customer sees: checkout, portal, invoice, receipt."""
