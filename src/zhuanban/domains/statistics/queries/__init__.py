"""Reads of statistics that cross tables or feed a page."""
