import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { TextKey } from ".";

export type Text = (key: TextKey, values?: Record<string, unknown>) => string;

/** The texts of the chosen language; a component that uses them is drawn again when it changes. */
export function useText(): Text {
  const { t } = useTranslation();
  return useCallback((key, values) => t(key as never, (values ?? {}) as never) as unknown as string, [t]);
}
