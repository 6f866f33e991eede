"""What can be wrong with the data of an experiment; each message is one line that says what to do.

DataMissing      (ValueError) there are none where they were looked for
DataUnusable     (ValueError) there are some, but not what they should be
SourceSilent     the place where they are published cannot be reached, or broke off; later it may work unchanged
SourceChanged    that place answers, but does not give what was published
"""

from __future__ import annotations


class DataMissing(ValueError):
    """No data lie there."""


class DataUnusable(ValueError):
    """What lies there is not what it should be."""


class SourceSilent(Exception):
    """No connection, or one that broke off; what has come is kept, and the next try goes on from it."""


class SourceChanged(Exception):
    """The file is gone, or is another one than was published; nothing of it is kept."""
