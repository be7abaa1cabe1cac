import i18next from "i18next";
import { useCallback, useSyncExternalStore } from "react";
import { type TextKey, text } from ".";

export type Text = (key: TextKey, values?: Record<string, unknown>) => string;

function subscribe(listener: () => void): () => void {
  i18next.on("languageChanged", listener);
  return () => i18next.off("languageChanged", listener);
}

/** The texts of the chosen language; a component that uses them is drawn again when it changes. */
export function useText(): Text {
  const language = useSyncExternalStore(subscribe, () => i18next.language);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another language makes another function, so that all draw again
  return useCallback((key, values) => text(key, values), [language]);
}
