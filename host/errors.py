"""The one error that users see: what is wrong and how to mend it, in one line."""


class HostError(Exception):
    """A condition the user can mend; its text names the value and the fix, in the language of the user's locale."""
