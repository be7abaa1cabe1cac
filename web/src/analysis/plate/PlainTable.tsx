import Box from "@mui/material/Box";
import Typography from "@mui/material/Typography";
import type { Row } from "../../api/analysis";
import { short } from "./Chart";

interface Props {
  caption: string;
  rows: readonly Row[];
  columns: Readonly<Record<string, string>>;
}

/** A plain table of the analysis; empty is what cannot be computed. */
export function PlainTable({ caption, rows, columns }: Props) {
  if (rows.length === 0) return null;
  return (
    <Box sx={{ overflowX: "auto" }}>
      <Box
        component="table"
        sx={{
          borderCollapse: "collapse",
          fontSize: 13,
          "& td, & th": { px: 1, py: 0.4, textAlign: "left", borderBottom: 1, borderColor: "divider" },
        }}
      >
        <Typography component="caption" sx={{ textAlign: "left", fontWeight: 600, captionSide: "top" }}>
          {caption}
        </Typography>
        <thead>
          <tr>
            {Object.values(columns).map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={JSON.stringify(row)}>
              {Object.keys(columns).map((name) => (
                <td key={name}>{cell(row[name])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </Box>
    </Box>
  );
}

const cell = (value: Row[string] | undefined) =>
  typeof value === "number" ? short(value) : String(value ?? "").replaceAll(";", ", ");
