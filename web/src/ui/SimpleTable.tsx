import Table from "@mui/material/Table";
import TableBody from "@mui/material/TableBody";
import TableCell from "@mui/material/TableCell";
import TableContainer from "@mui/material/TableContainer";
import TableHead from "@mui/material/TableHead";
import TableRow from "@mui/material/TableRow";
import type { ReactNode } from "react";

const NUMBER = { whiteSpace: "nowrap", textAlign: "right", fontVariantNumeric: "tabular-nums" } as const;
const WORDS = { overflowWrap: "break-word" } as const;
const COLUMN_PX = 90; // many columns are scrolled on a narrow screen, instead of broken into letters

function isNumber(cell: ReactNode): boolean {
  return typeof cell === "number" || (typeof cell === "string" && /^[-–\d.,\s\u202f]+$/.test(cell));
}

interface Props {
  caption: string;
  columns: readonly string[];
  rows: readonly (readonly ReactNode[])[];
}

/** A short table that is read, not worked with. */
export function SimpleTable({ caption, columns, rows }: Props) {
  const isOfNumbers = columns.map((_, k) => rows.length > 0 && rows.every((row) => isNumber(row[k])));
  return (
    <TableContainer tabIndex={0} role="group" aria-label={caption}>
      <Table
        size="small"
        aria-label={caption}
        sx={{ minWidth: columns.length > 2 ? columns.length * COLUMN_PX : 0 }}
      >
        <TableHead>
          <TableRow>
            {columns.map((name, k) => (
              <TableCell key={name} align={isOfNumbers[k] ? "right" : "left"} sx={{ fontWeight: 600 }}>
                {name}
              </TableCell>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {rows.map((row, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name of their own and keep their order
            <TableRow key={i}>
              {row.map((cell, k) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its column
                <TableCell key={k} sx={isOfNumbers[k] ? NUMBER : WORDS}>
                  {cell}
                </TableCell>
              ))}
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </TableContainer>
  );
}
