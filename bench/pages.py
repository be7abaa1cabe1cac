"""The pages of the web app, to look at and to check: one list for the pictures and for the tests."""

from __future__ import annotations

BEFORE_SIGNING_IN = (
    "/", "/sign-in", "/sign-in?to=/settings", "/sign-up", "/forgot-password", "/reset-password#token=none", "/verify-email#token=none",
    "/undo-email#token=none", "/invitation#token=none", "/help", "/help/reference/measurements", "/no/such/page",
)  # fmt: skip
OF_A_PERSON = (
    "/projects", "/projects?trash=yes", "/settings", "/invitation#token=none", "/admin", "/admin?tab=system", "/admin?tab=models",
    "/admin?tab=log",
)  # fmt: skip
OF_IMAGES = (
    "", "/results", "/results?chart=box&group=well", "/results?chart=scatter", "/report?group=well", "/review",
    "/runs", "/exports", "/settings",
)  # fmt: skip
"""What stands behind the address of a project, one with images."""
OF_A_PLATE = (
    "", "/plate", "/plate?well=B05", "/plate?response=growth-rate&tab=growth", "/plate?response=growth-rate&tab=doses",
    "/plate?response=growth-rate&tab=quality", "/plate?tab=layout", "/results?chart=box&group=well",
)  # fmt: skip
OF_NOTHING = ("", "/results", "/plate", "/plate?tab=layout", "/report", "/review", "/runs", "/exports")
"""A project without images."""
