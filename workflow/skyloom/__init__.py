"""From raw space-image archives to audited labels."""

__version__ = "0.1.0"
