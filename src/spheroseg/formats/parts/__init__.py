"""What the formats are made of: files, numbering, outlines, masks, tables."""
