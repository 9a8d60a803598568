"""The dashboard of whoever runs the fake: what there is, what became of the webhooks."""
