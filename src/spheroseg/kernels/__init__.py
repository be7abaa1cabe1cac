"""Compiled array kernels, and room for arrays that may be larger than memory."""
