export interface ObjectRow {
  /** Unique in the project. */
  id: string;
  [column: string]: unknown;
}

export interface ProjectTable {
  columns: string[];
  rows: ObjectRow[];
  /** False: the project has more objects than a browser should hold; an export has all. */
  isComplete: boolean;
}
