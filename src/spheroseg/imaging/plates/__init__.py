"""Plates: folders in which a screening instrument wrote one file a plane."""
