"""Formats as the tests read with them: those that ask a schema registry ask one in this process."""

from __future__ import annotations

from encoders.formats.catalogue import NO_ACCESS, Access, format_named
from encoders.formats.contract import Format


class Readers:
    """Format by name."""

    access: Access = NO_ACCESS

    def __call__(self, name: str) -> Format:
        """The format of that name."""
        return format_named(name, self.access)


reader_of = Readers()
