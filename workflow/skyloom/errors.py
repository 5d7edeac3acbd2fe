"""The base of all errors whose message is meant for the user."""


class SkyloomError(Exception):
    """Something the user can mend: the message names the thing, the value found and the remedy."""
