import {
  type GridColDef,
  type GridFilterInputValueProps,
  type GridFilterItem,
  getGridNumericOperators,
} from "@mui/x-data-grid";
import { NumberField } from "../ui/NumberField";

/** The number of a condition, written as the page's language does; the grid's own field follows the browser's. */
function GridNumber({ item, applyValue, apiRef }: GridFilterInputValueProps) {
  return (
    <NumberField
      label={apiRef.current.getLocaleText("filterPanelInputLabel")}
      value={String(item.value ?? "")}
      onChange={(value) => applyValue({ ...item, value: value === "" ? undefined : value } as GridFilterItem)}
    />
  );
}

/** The grid's conditions on numbers, with that field where one number is asked for. */
export const numberOperators: NonNullable<GridColDef["filterOperators"]> = getGridNumericOperators().map(
  (each) =>
    each.InputComponent && each.value !== "isAnyOf" ? { ...each, InputComponent: GridNumber } : each,
);
