"""The hosted billing portal: a module for each of its pages."""
