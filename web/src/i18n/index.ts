import { createStore } from "../store/createStore";
import type rest from "./locales/en.json";
import type first from "./locales/first/en.json";
import { type Texts, Translator, type Values } from "./translator";

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

/** Every key of the English files; a text that is not there does not compile. */
export type TextKey = WithoutPlural<Leaves<typeof first & typeof rest>>;

const STORED_AS = "spheroseg.language";
// what the pages around signing in and the list of projects say; the other pages fetch the rest with their code
const firstFiles = import.meta.glob<{ default: Texts }>("./locales/first/*.json");
const restFiles = import.meta.glob<{ default: Texts }>("./locales/*.json");

/** The language that is spoken now, with the texts that are here already. */
export const translator = createStore(new Translator("en"));
let isRestWanted = false;

export function isLanguage(value: string | null | undefined): value is Language {
  return value !== null && value !== undefined && Object.hasOwn(LANGUAGES, value);
}

export function currentLanguage(): Language {
  return translator.get().language as Language;
}

/** The language chosen before, else the first one the browser asks for that we speak, else English. */
function preferredLanguage(): Language {
  const stored = localStorage.getItem(STORED_AS);
  if (isLanguage(stored)) return stored;
  return navigator.languages.map((each) => each.slice(0, 2)).find(isLanguage) ?? "en";
}

async function read(language: Language): Promise<Translator> {
  const files = [firstFiles[`./locales/first/${language}.json`]];
  if (isRestWanted) files.push(restFiles[`./locales/${language}.json`]);
  const made = new Translator(language);
  for (const file of await Promise.all(files.map((load) => load?.()))) made.add(file?.default ?? {});
  return made;
}

async function speak(language: Language): Promise<void> {
  translator.set(await read(language));
  document.documentElement.lang = language;
}

export function changeLanguage(language: Language): Promise<void> {
  localStorage.setItem(STORED_AS, language);
  return speak(language);
}

let started = Promise.resolve();

export function startTexts(): Promise<void> {
  started = speak(preferredLanguage());
  return started;
}

let all: Promise<void> | undefined;

/** Fetches the texts of all other pages, once. */
export function loadAllTexts(): Promise<void> {
  isRestWanted = true;
  all ??= addRest(preferredLanguage()).catch((error: unknown) => {
    all = undefined; // whoever asks again, after the network came back, gets them
    throw error;
  });
  return all;
}

async function addRest(language: Language): Promise<void> {
  const file = await restFiles[`./locales/${language}.json`]?.();
  await started;
  if (currentLanguage() === language) translator.get().add(file?.default ?? {});
  else await speak(currentLanguage()); // it was changed meanwhile
}

export function hasText(key: string): boolean {
  return translator.get().has(key);
}

/** A text outside components. */
export function text(key: TextKey, values?: Values): string {
  return translator.get().text(key, values);
}
