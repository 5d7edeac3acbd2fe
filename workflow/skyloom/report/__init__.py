"""The static report."""
