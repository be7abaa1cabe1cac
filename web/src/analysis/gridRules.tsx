import Autocomplete from "@mui/material/Autocomplete";
import TextField from "@mui/material/TextField";
import {
  type GridColDef,
  type GridComparatorFn,
  type GridFilterInputValueProps,
  type GridFilterItem,
  type GridFilterOperator,
  getGridNumericOperators,
  getGridStringOperators,
} from "@mui/x-data-grid";
import { useState } from "react";
import { currentLanguage } from "../i18n";
import { inOwnSigns, readings, readNumber } from "../i18n/typedNumbers";
import { useText } from "../i18n/useText";
import { NumberField } from "../ui/NumberField";
import { isComplete, meets } from "./filter";

/** The number of a condition, written as the page's language does; the grid's own field follows the browser's. */
function GridNumber({ item, applyValue, apiRef }: GridFilterInputValueProps) {
  return (
    <NumberField
      label={apiRef.current.getLocaleText("filterPanelInputLabel")}
      value={Array.isArray(item.value) ? "" : String(item.value ?? "")}
      onChange={(value) => applyValue({ ...item, value: value === "" ? undefined : value } as GridFilterItem)}
    />
  );
}

/** Several numbers, each kept with Enter, a semicolon or a space; stored with a point, as a single one is. */
function GridNumbers({ item, applyValue, apiRef }: GridFilterInputValueProps) {
  const t = useText();
  const [typed, setTyped] = useState("");
  const stored = [item.value ?? []].flat().map(String);
  const parts = typed.split(/[;\s]+/).filter(Boolean);
  const wrong = parts.find((each) => typeof readNumber(each) !== "number");
  const problem =
    wrong === undefined
      ? ""
      : readNumber(wrong) === "ambiguous"
        ? t("error.ambiguousNumber", { text: wrong, ...readings(wrong) })
        : t("error.notANumber");
  function keep() {
    if (parts.length === 0 || problem) return;
    setTyped("");
    const value = [...new Set([...stored, ...parts.map((each) => String(readNumber(each)))])];
    applyValue({ ...item, value } as GridFilterItem);
  }
  return (
    <Autocomplete
      multiple
      freeSolo
      clearOnBlur={false}
      options={[]}
      value={stored.map(inOwnSigns)}
      inputValue={typed}
      onInputChange={(_event, text, reason) => reason === "input" && setTyped(text)}
      // what is added is read by `keep`; here something is only taken away
      onChange={(_event, next) =>
        next.length < stored.length &&
        applyValue({
          ...item,
          value: stored.filter((each) => next.includes(inOwnSigns(each))),
        } as GridFilterItem)
      }
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== ";" && event.key !== " ") return;
        event.preventDefault();
        keep();
      }}
      onBlur={keep}
      renderInput={(params) => (
        <TextField
          {...params}
          label={apiRef.current.getLocaleText("filterPanelInputLabel")}
          error={problem !== ""}
          helperText={problem}
        />
      )}
    />
  );
}

/** The grid's conditions with our own judge, which the report asks as well. */
function judged(operators: readonly GridFilterOperator[]): NonNullable<GridColDef["filterOperators"]> {
  return operators.map((each) => ({
    ...each,
    getApplyFilterFn: (item) => (isComplete(item) ? (cell) => meets(cell, item) : null),
  }));
}

export const wordOperators = judged(getGridStringOperators());
/** With fields that read numbers as the page's language writes them. */
export const numberOperators = judged(getGridNumericOperators()).map((each) =>
  each.InputComponent
    ? { ...each, InputComponent: each.value === "isAnyOf" ? GridNumbers : GridNumber }
    : each,
);

/** Numbers by size and words as people count (B2 before B10); what is not known comes last, whichever way. */
export function ordered(isDescending: boolean): GridComparatorFn {
  const words = new Intl.Collator(currentLanguage(), { numeric: true });
  const isMissing = (value: unknown) => value === null || value === undefined || value === "";
  return (a, b) => {
    if (isMissing(a) || isMissing(b)) return Number(isMissing(a)) - Number(isMissing(b));
    const order =
      typeof a === "number" && typeof b === "number" ? a - b : words.compare(String(a), String(b));
    return isDescending ? -order : order;
  };
}
