"""Numbers → conclusions: plates, growth, dose–response; agreement with a reference."""

from typing import TYPE_CHECKING

import lazy_loader  # type: ignore[import-untyped]  # ships no types

from spheroseg.analysis.agreement import GroupSummary, ImageAgreement, Interval, Matches, Summary, compare, summarise
from spheroseg.analysis.assay_quality import AssayQuality, EdgeEffect, edge_effect, z_prime
from spheroseg.analysis.combination import combination
from spheroseg.analysis.comparison import compare_groups, holm
from spheroseg.analysis.concordance import Concordance, concordance
from spheroseg.analysis.dose_response import DoseResponse, Estimate, dose_response
from spheroseg.analysis.exclusions import Exclusion
from spheroseg.analysis.experiment import Experiment, Options, analyse
from spheroseg.analysis.growth import Window, growth_rates
from spheroseg.analysis.growth_inhibition import GrowthInhibition, gr_values, growth_inhibition, ndr_reason, ndr_values
from spheroseg.analysis.image_sums import ImageSums
from spheroseg.analysis.layout import Layout, check_layout
from spheroseg.analysis.layout_files import layout_of_names, layout_of_text, read_layout, template, write_layout
from spheroseg.analysis.objects_table import read_objects
from spheroseg.analysis.observations import Observations, Reading, observe, observe_sums
from spheroseg.analysis.plate import Plate, standard_well, well_name
from spheroseg.analysis.series import link, well_series
from spheroseg.analysis.sizes import size_column
from spheroseg.analysis.survival import compare_control, median_control_h, regrowth_times, spheroid_control
from spheroseg.analysis.tracks import check_links, follow, read_links, track_growth

if TYPE_CHECKING:
    from spheroseg.analysis.blandaltman import BlandAltman, bland_altman, plot_bland_altman
    from spheroseg.analysis.report import About
    from spheroseg.analysis.results import write_experiment

# what draws loads as slowly as all the rest: at first use
__getattr__, _, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "blandaltman": ["BlandAltman", "bland_altman", "plot_bland_altman"],
        "report": ["About"],
        "results": ["write_experiment"],
    },
)

__all__ = [
    "About",
    "AssayQuality",
    "BlandAltman",
    "Concordance",
    "DoseResponse",
    "EdgeEffect",
    "Estimate",
    "Exclusion",
    "Experiment",
    "GroupSummary",
    "GrowthInhibition",
    "ImageAgreement",
    "ImageSums",
    "Interval",
    "Layout",
    "Matches",
    "Observations",
    "Options",
    "Plate",
    "Reading",
    "Summary",
    "Window",
    "analyse",
    "bland_altman",
    "check_layout",
    "check_links",
    "combination",
    "compare",
    "compare_control",
    "compare_groups",
    "concordance",
    "dose_response",
    "edge_effect",
    "follow",
    "gr_values",
    "growth_inhibition",
    "growth_rates",
    "holm",
    "layout_of_names",
    "layout_of_text",
    "link",
    "median_control_h",
    "ndr_reason",
    "ndr_values",
    "observe",
    "observe_sums",
    "plot_bland_altman",
    "read_layout",
    "read_links",
    "read_objects",
    "regrowth_times",
    "size_column",
    "spheroid_control",
    "standard_well",
    "summarise",
    "template",
    "track_growth",
    "well_name",
    "well_series",
    "write_experiment",
    "write_layout",
    "z_prime",
]
