"""Names of the audit log's partitions, one a month."""

from __future__ import annotations

import datetime as dt

DEFAULT_PARTITION = "audit_log_default"


def partition_name(month: dt.date) -> str:
    """Name of the partition of a month; names sort like months."""
    return f"audit_log_{month:%Y_%m}"


def add_months(month: dt.date, count: int) -> dt.date:
    """The first day of the month that is so many months later."""
    index = month.year * 12 + month.month - 1 + count
    return dt.date(index // 12, index % 12 + 1, 1)
