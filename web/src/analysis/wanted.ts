import type { Schemas } from "../api/client";
import { CONDITIONS } from "./conditions";
import { isComplete } from "./filter";
import { factorOf, nameIn } from "./units";

type Request = Schemas["TableRequest"];

/** Rows and their order, as the service is asked for them. */
export type Wanted = Partial<
  Pick<Request, "sort" | "descending" | "where" | "well" | "plate" | "class_name" | "flag">
>;

interface FilterItem {
  field: string;
  operator: string;
  value?: unknown;
}

const OPERATORS: Record<string, string> = { "=": "eq", ">": "gt", ">=": "ge", "<": "lt", "<=": "le" };
const EXACT = ["well", "plate", "class_name"] as const;

/** The grid's order and filters as the service knows them; null for a filter that it does not have. */
export function wantedOf(
  sort: readonly { field: string; sort?: string | null | undefined }[],
  filters: readonly FilterItem[],
  quickSearch: readonly unknown[],
  isThere: (field: string, value: unknown) => boolean = () => true,
): Wanted | null {
  if (quickSearch.length > 0) return null;
  // the service joins conditions to the rows that it was asked for; it knows no order and no filter by them
  if (sort[0] && CONDITIONS.includes(sort[0].field)) return null;
  const wanted: Wanted = sort[0]
    ? { sort: nameIn(sort[0].field, "um"), descending: sort[0].sort === "desc" }
    : {};
  const where: string[] = [];
  for (const { field, operator, value } of filters) {
    if (!isComplete({ field, operator, value })) continue; // not filled in yet: the grid passes it over too
    if (CONDITIONS.includes(field)) return null;
    const name = EXACT.find((each) => each === field);
    if (OPERATORS[operator] && Number.isFinite(Number(value))) {
      where.push(`${nameIn(field, "um")}:${OPERATORS[operator]}:${Number(value) / factorOf(field)}`);
    } else if (name && operator === "equals" && isThere(name, value) && wanted[name] === undefined)
      wanted[name] = String(value); // the service takes it letter by letter
    else return null;
  }
  return where.length > 0 ? { ...wanted, where } : wanted;
}
