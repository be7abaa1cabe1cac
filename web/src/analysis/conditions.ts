/** Columns that a project's layout gives to a table: what is in the well that an object is from. */
export const CONDITIONS: readonly string[] = [
  "compound",
  "dose",
  "dose_unit",
  "compound_2",
  "dose_2",
  "dose_unit_2",
  "cell_line",
  "replicate",
  "control",
  "treatment_time_h",
];
