"""What the API hears about the example project."""

from __future__ import annotations

from spheroseg.server.http.fields import Input, Name, Prose


class ExampleInput(Input):
    """What the example project is called, in the language of the one who asks for it."""

    name: Name
    description: Prose = ""
