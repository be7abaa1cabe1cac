import { useEffect } from "react";
import { currentLanguage, type Language } from "../i18n";
import { useText } from "../i18n/useText";
import { createStore, useStore } from "../store/store";

// English stands in definitions.json, which is the library's own
const files = import.meta.glob<{ default: Record<string, string> }>("./definitions/*.json");

/** What the definitions of measures say in the reader's language, by the English sentence. */
export const definitionTexts = createStore<Readonly<Record<string, string>>>({});
let loaded: Language = "en";

async function loadDefinitionTexts(language: Language): Promise<void> {
  if (language === loaded) return;
  loaded = language;
  const file = await files[`./definitions/${language}.json`]?.();
  if (loaded === language) definitionTexts.set(file?.default ?? {});
}

/** Fetches the definitions in the language of the page, and draws again when they are there. */
export function useDefinitionTexts(): void {
  useText(); // the language may be changed while the page stands
  useStore(definitionTexts);
  const language = currentLanguage();
  useEffect(() => void loadDefinitionTexts(language), [language]);
}
