"""The explorer: pages that show everything the workflow found, live or as files."""
