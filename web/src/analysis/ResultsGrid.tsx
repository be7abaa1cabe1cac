import Box from "@mui/material/Box";
import { useColorScheme } from "@mui/material/styles";
import {
  DataGrid,
  type GridColDef,
  gridFilteredSortedRowEntriesSelector,
  gridFilterModelSelector,
  gridSortModelSelector,
  gridVisibleColumnDefinitionsSelector,
  useGridApiRef,
} from "@mui/x-data-grid";
import { csCZ, deDE, enUS, esES, frFR, zhCN } from "@mui/x-data-grid/locales";
import { useEffect, useMemo } from "react";
import { currentLanguage, text } from "../i18n";
import { formatElapsed, formatFixed, formatNumber } from "../i18n/numbers";
import { confidenceLevel } from "../viewer/colours";
import { columnTitle, explanationOf } from "./columns";
import { CONDITIONS } from "./conditions";
import { decimalsOf } from "./decimals";
import { FILTER_AFTER_MS, type Filter, hasWord, WORDS } from "./filter";
import { numberOperators, ordered, wordOperators } from "./gridRules";
import { type ObjectRow, type ProjectTable, sampleOfNumbers } from "./table";
import { type Wanted, wantedOf } from "./wanted";

const TEXTS = { en: enUS, cs: csCZ, de: deDE, es: esES, fr: frFR, zh: zhCN };
/** Of columns that hold long texts; others are as wide as their title. */
const WIDTHS_PX: Readonly<Record<string, number>> = {
  image: 240,
  flags: 190,
  compound: 120,
  confidence: 110,
};
const SHOWN_FIRST = [
  "image",
  "well",
  "time_s",
  "compound",
  "dose",
  "dose_unit",
  "cell_line",
  "number",
  "class_name",
  "confidence",
  "flags",
];
const MEASURES_SHOWN = [
  "area",
  "equivalent_diameter",
  "perimeter",
  "circularity",
  "solidity",
  "feret_max",
  "intensity_mean",
];
/** Shown when somebody has said it of an image. */
const MAY_BE_EMPTY = ["well", "time_s", ...CONDITIONS];
const IDENTITY = [
  "image",
  "frame",
  "plate",
  "well",
  "field",
  "time_s",
  "time_h",
  ...CONDITIONS,
  "number",
  "class_name",
  "confidence",
  "flags",
  "source",
];

/** What the grid shows: rows that its filters let through in its order, and its columns. */
export interface Shown {
  rows: readonly ObjectRow[];
  columns: readonly string[];
  /** The same as a question to the service; null where its filters say less than the grid's. */
  wanted: Wanted | null;
}

/** How sure the model is, in a word; the number when somebody points at it. */
function Sureness({ value }: { value: unknown }) {
  if (typeof value !== "number") return null;
  return <span title={formatFixed(value, 2)}>{text(`image.confidence_${confidenceLevel(value)}`)}</span>;
}

interface Props {
  table: ProjectTable;
  /** What is let through at first. */
  filter: Filter;
  onFilter: (filter: Filter) => void;
  onShown: (shown: Shown) => void;
  onOpen: (row: ObjectRow) => void;
}

export default function ResultsGrid({ table, filter, onFilter, onShown, onOpen }: Props) {
  const api = useGridApiRef();
  useColorScheme(); // drawn again when the scheme changes
  const columns = useMemo(
    () =>
      table.columns
        .filter((name) => name !== "image_id" && name !== "result_id")
        .map((name): GridColDef<ObjectRow> => {
          const sample = sampleOfNumbers(table.rows, name);
          const isNumber = sample.length > 0;
          const isMeasure = !IDENTITY.includes(name);
          const decimals = isMeasure ? decimalsOf(sample) : null;
          const write = (value: number) =>
            name === "time_s"
              ? formatElapsed(value)
              : decimals === null
                ? formatNumber(value)
                : formatFixed(value, decimals);
          const headerName = isMeasure ? columnTitle(name) : text(`results.column_${name}` as never);
          return {
            field: name,
            headerName,
            description: explanationOf(name) || undefined,
            type: isNumber ? "number" : "string",
            filterOperators: isNumber ? numberOperators : wordOperators,
            getApplyQuickFilterFn: (word) => (word ? (value) => hasWord(name, value, String(word)) : null),
            getSortComparator: (direction) => ordered(direction === "desc"),
            width: Math.max(WIDTHS_PX[name] ?? 90, 34 + 7.4 * headerName.length),
            // a word stands where words stand; it sorts by its number
            ...(name === "confidence" && {
              align: "left",
              headerAlign: "left",
              renderCell: ({ value }) => <Sureness value={value} />,
            }),
            valueFormatter: isNumber
              ? (value: unknown) => (typeof value === "number" ? write(value) : "")
              : WORDS[name],
          };
        }),
    [table],
  );
  const hidden = useMemo(
    () =>
      Object.fromEntries(
        table.columns
          .filter((name) =>
            SHOWN_FIRST.includes(name)
              ? MAY_BE_EMPTY.includes(name) &&
                !table.rows.some((row) => row[name] !== null && row[name] !== "")
              : !MEASURES_SHOWN.some((each) => new RegExp(`^${each}(_(um|mm|px)2?)?$`).test(name)),
          )
          .map((name) => [name, false]),
      ),
    [table],
  );
  useEffect(() => {
    const grid = api.current;
    if (!grid) return;
    const tell = () =>
      onShown({
        rows: gridFilteredSortedRowEntriesSelector(api).map((entry) => entry.model as ObjectRow),
        columns: gridVisibleColumnDefinitionsSelector(api).map((column) => column.field),
        wanted: wantedOf(
          gridSortModelSelector(api),
          gridFilterModelSelector(api).items,
          gridFilterModelSelector(api).quickFilterValues ?? [],
          (field, value) => table.rows.some((row) => row[field] === value),
        ),
      });
    const stops = (["filteredRowsSet", "sortedRowsSet", "columnVisibilityModelChange"] as const).map((name) =>
      grid.subscribeEvent(name, tell),
    );
    return () => {
      for (const stop of stops) stop();
    };
  }, [api, onShown, table]);
  return (
    <Box sx={{ flex: 1, minHeight: 420, display: "flex", flexDirection: "column" }}>
      <DataGrid
        apiRef={api}
        rows={table.rows}
        columns={columns}
        density="compact"
        showToolbar
        filterDebounceMs={FILTER_AFTER_MS}
        disableRowSelectionOnClick
        initialState={{
          columns: { columnVisibilityModel: hidden },
          pagination: { paginationModel: { pageSize: 100 } },
          filter: {
            filterModel: {
              items: filter.items.map((each) => ({ ...each })),
              quickFilterValues: [...filter.words],
              quickFilterExcludeHiddenColumns: false, // the report knows of no columns that are hidden
            },
          },
        }}
        pageSizeOptions={[100]}
        onFilterModelChange={({ items, quickFilterValues = [] }) =>
          onFilter({ items, words: quickFilterValues.map(String) })
        }
        localeText={TEXTS[currentLanguage()].components.MuiDataGrid.defaultProps.localeText}
        onRowClick={({ row }) => onOpen(row)}
        onCellKeyDown={({ row }, event) => event.key === "Enter" && onOpen(row)}
        slotProps={{
          toolbar: {
            csvOptions: { disableToolbarButton: true },
            printOptions: { disableToolbarButton: true },
          },
        }}
        sx={{ bgcolor: "background.paper", "& .MuiDataGrid-row": { cursor: "pointer" } }}
      />
    </Box>
  );
}
