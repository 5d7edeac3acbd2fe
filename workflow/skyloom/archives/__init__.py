"""Listing and fetching the files of archives."""
