import i18next from "i18next";
import type en from "./locales/en.json";

export const LANGUAGES = {
  en: "English",
  cs: "Čeština",
  de: "Deutsch",
  es: "Español",
  fr: "Français",
  zh: "中文",
} as const;
export type Language = keyof typeof LANGUAGES;

type Leaves<T, Prefix extends string = ""> = {
  [K in keyof T & string]: T[K] extends string ? `${Prefix}${K}` : Leaves<T[K], `${Prefix}${K}.`>;
}[keyof T & string];
type WithoutPlural<K extends string> = K extends `${infer Base}_${"one" | "few" | "many" | "other"}`
  ? Base
  : K;

/** Every key of the English file; a text that is not there does not compile. */
export type TextKey = WithoutPlural<Leaves<typeof en>>;

const KEPT_AS = "spheroseg.language";
const files = import.meta.glob<{ default: Record<string, unknown> }>("./locales/*.json");

export function isLanguage(value: string | null | undefined): value is Language {
  return value !== null && value !== undefined && Object.hasOwn(LANGUAGES, value);
}

/** The language chosen before, else the first one the browser asks for that we speak, else English. */
export function preferredLanguage(): Language {
  const kept = localStorage.getItem(KEPT_AS);
  if (isLanguage(kept)) return kept;
  return navigator.languages.map((each) => each.slice(0, 2)).find(isLanguage) ?? "en";
}

async function load(language: Language): Promise<void> {
  if (i18next.hasResourceBundle(language, "translation")) return;
  const file = await files[`./locales/${language}.json`]?.();
  i18next.addResourceBundle(language, "translation", file?.default ?? {});
}

export async function changeLanguage(language: Language): Promise<void> {
  await load(language);
  await i18next.changeLanguage(language);
  localStorage.setItem(KEPT_AS, language);
  document.documentElement.lang = language;
}

export async function startTexts(): Promise<void> {
  await i18next.init({
    resources: {},
    lng: undefined,
    fallbackLng: false,
    interpolation: { escapeValue: false }, // React escapes
    returnNull: false,
  });
  const language = preferredLanguage();
  await load(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

/** A text outside components. */
export function text(key: TextKey, values?: Record<string, unknown>): string {
  return i18next.t(key as string, values ?? {}) as string;
}
