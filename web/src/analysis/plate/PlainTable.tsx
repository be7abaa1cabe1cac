import Box from "@mui/material/Box";
import Typography from "@mui/material/Typography";
import type { ReactNode } from "react";
import type { Row } from "../../api/analysis";
import { formatFixed, formatShort } from "../../i18n/numbers";
import { decimalsOf } from "../decimals";
import { inWords } from "./titles";

/** What these hold are codes of the analysis; words elsewhere are a person's own: names of plates, compounds, files. */
const OF_CODES = new Set(["flags", "model", "reason", "reasons", "z_reason"]);

interface Props {
  caption: string;
  rows: readonly Row[];
  columns: Readonly<Record<string, string>>;
  /** draws a cell in another way than as its number or word; undefined: as it is */
  draw?: (row: Row, column: string) => ReactNode | undefined;
}

/** A plain table of the analysis; empty is what cannot be computed, and a column of words that no row has one of is not drawn.
 * Wide ones are scrolled, by keyboard too. */
export function PlainTable({ caption, rows, columns, draw }: Props) {
  if (rows.length === 0) return null;
  const names = Object.keys(columns).filter((name) => rows.some((row) => row[name] !== ""));
  const kinds = Object.fromEntries(names.map((name) => [name, kindOf(rows.map((row) => row[name]))]));
  return (
    <Box component="section">
      <Typography variant="h2" sx={{ fontSize: "1rem", mb: 0.5 }}>
        {caption}
      </Typography>
      <Box sx={{ overflow: "auto", maxHeight: 420 }} tabIndex={0} role="region" aria-label={caption}>
        <Box
          component="table"
          aria-label={caption}
          sx={{
            borderCollapse: "collapse",
            fontVariantNumeric: "tabular-nums",
            fontSize: 13,
            "& td, & th": { px: 1, py: 0.4, textAlign: "left", borderBottom: 1, borderColor: "divider" },
            "& th": { position: "sticky", top: 0, bgcolor: "background.default", whiteSpace: "nowrap" },
          }}
        >
          <thead>
            <tr>
              {names.map((name) => (
                <th key={name} scope="col" style={aligned(kinds[name])}>
                  {columns[name]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two images of one well and time fail with the same words
              <tr key={at}>
                {names.map((name) => (
                  <td key={name} style={aligned(kinds[name])}>
                    {draw?.(row, name) ?? cell(row[name], kinds[name], OF_CODES.has(name))}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </Box>
      </Box>
    </Box>
  );
}

type Cell = Row[string] | undefined;
/** Words, or numbers with so many decimals; null: each number as it is best written. */
type Kind = "words" | number | null;

function kindOf(cells: readonly Cell[]): Kind {
  const isOfNumbers = cells.every((each) => typeof each === "number" || each === null || each === "");
  return isOfNumbers && cells.some((each) => typeof each === "number") ? decimalsOf(cells) : "words";
}

const aligned = (kind: Kind | undefined) => ({ textAlign: kind === "words" ? "left" : "right" }) as const;

function cell(value: Cell, kind: Kind | undefined, isCode: boolean): string {
  if (typeof value !== "number") return isCode ? inWords(String(value ?? "")) : String(value ?? "");
  return typeof kind === "number" ? formatFixed(value, kind) : formatShort(value);
}
