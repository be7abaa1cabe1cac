"""Many files in, one folder of results out: found, processed side by side, resumable, never half written."""

from spheroseg.batch.inputs import InputFile, find_inputs
from spheroseg.batch.run import BatchOptions, BatchSummary, Progress, run_batch

__all__ = ["BatchOptions", "BatchSummary", "InputFile", "Progress", "find_inputs", "run_batch"]
