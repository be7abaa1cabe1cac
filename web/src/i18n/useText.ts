import { useCallback } from "react";
import { useStore } from "../store/store";
import { type TextKey, translator } from "./";
import type { Values } from "./translator";

export type Text = (key: TextKey, values?: Values) => string;

/** The texts of the chosen language; a component that uses them is drawn again when it changes. */
export function useText(): Text {
  const spoken = useStore(translator);
  return useCallback((key, values) => spoken.text(key, values), [spoken]);
}
