import columns from "./conditions.json";

/** Columns that a project's layout gives to a table: what is in the well that an object is from. */
export const CONDITIONS: readonly string[] = columns;
