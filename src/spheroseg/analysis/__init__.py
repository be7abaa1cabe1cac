"""Numbers → conclusions: agreement with a reference."""

from spheroseg.analysis.agreement import GroupSummary, ImageAgreement, Interval, Matches, Summary, compare, summarise
from spheroseg.analysis.blandaltman import BlandAltman, bland_altman, plot_bland_altman

__all__ = [
    "BlandAltman",
    "GroupSummary",
    "ImageAgreement",
    "Interval",
    "Matches",
    "Summary",
    "bland_altman",
    "compare",
    "plot_bland_altman",
    "summarise",
]
