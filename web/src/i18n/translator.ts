/** The texts of one language, in sections; `name_one`, `name_few`, … are one text's plural forms. */
export interface Texts {
  readonly [key: string]: string | Texts;
}

export type Values = Readonly<Record<string, unknown>>;

/** Looks texts up in one language, chooses the plural form and fills the places `{{name}}` in. */
export class Translator {
  private texts: Texts = {};
  private readonly plurals: Intl.PluralRules;
  private readonly numbers: Intl.NumberFormat;

  constructor(readonly language: string) {
    this.plurals = new Intl.PluralRules(language);
    this.numbers = new Intl.NumberFormat(language);
  }

  /** Adds sections; a section that is there already is replaced. */
  add(texts: Texts): void {
    this.texts = { ...this.texts, ...texts };
  }

  private find(key: string): string | undefined {
    let found: string | Texts | undefined = this.texts;
    for (const part of key.split(".")) found = typeof found === "object" ? found[part] : undefined;
    return typeof found === "string" ? found : undefined;
  }

  has(key: string): boolean {
    return this.find(key) !== undefined;
  }

  /** The text of a key; the key itself where there is none, so that a gap is seen and nothing breaks. */
  text(key: string, values: Values = {}): string {
    const { count } = values;
    const template =
      (typeof count === "number" ? this.find(`${key}_${this.plurals.select(count)}`) : undefined) ??
      this.find(key) ??
      this.find(`${key}_other`) ??
      key;
    return template.replace(/{{(\w+)}}/g, (_, name: string) => this.written(name, values[name]));
  }

  private written(name: string, value: unknown): string {
    if (value === undefined || value === null) return "";
    return name === "count" && typeof value === "number" ? this.numbers.format(value) : String(value);
  }
}
