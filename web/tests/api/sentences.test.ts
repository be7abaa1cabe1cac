// @vitest-environment happy-dom
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ApiProblem } from "../../src/api/client";
import { messageOf } from "../../src/api/messages";
import { failureText, SENTENCES, spoken } from "../../src/api/sentences";
import { changeLanguage, hasText, loadAllTexts, startTexts } from "../../src/i18n";

beforeAll(async () => {
  await startTexts();
  await loadAllTexts();
});
afterAll(() => changeLanguage("en"));

test("every sentence has its text, and in English it is what the service says", async () => {
  await changeLanguage("en");
  const filled = (sentence: string) => sentence.replace(/{{(\w+)}}/g, "<$1>");
  for (const [code, sentence] of Object.entries(SENTENCES)) {
    expect(hasText(`sentences.${code}`), code).toBe(true);
    expect(spoken(filled(sentence)), code).toBe(filled(sentence));
  }
});

test("why nothing can be concluded is said in the person's language, each reason of it", async () => {
  await changeLanguage("cs");
  const said = spoken(
    "no size counts; left out: H12 (the well has this time twice; nobody said which counts); left out: B02, B03 (the image shows no object)",
  );
  expect(said).toMatch(/^žádná velikost se nepočítá; /);
  expect(said).toContain("H12");
  expect(said).not.toMatch(/left out|nobody|shows/);
});

test("the shipped models describe themselves in the person's language; another's words stay", async () => {
  const path = "../../../src/spheroseg/segmentation/models/spheroid/model.json";
  const card = JSON.parse(readFileSync(join(import.meta.dirname, path), "utf8"));
  await changeLanguage("cs");
  expect(spoken(card.description)).toMatch(/^Obkresluje sféroidy/);
  expect(spoken("Our own model of cysts.")).toBe("Our own model of cysts.");
});

test("values stand in their places, and are said in the person's language where the service says them", async () => {
  await changeLanguage("cs");
  expect(spoken("left out: A01, A02 and 3 more (the image shows no object)")).toBe(
    "vynecháno: A01, A02 a 3 dalších (na snímku není objekt)",
  );
  expect(spoken("several objects at once in 4 of 88 wells and times: their mean is the well's size")).toBe(
    "více objektů najednou v 4 z 88 jamek a časů: velikost jamky je jejich střední hodnota",
  );
  expect(
    spoken(
      "the response is that at 96 h, the last time of at least half of the wells; 1 of 60 wells have later ones",
    ),
  ).toBe("odpověď je z času 96 h, posledního, který má aspoň polovina jamek; pozdější časy má 1 z 60 jamek");
  expect(spoken("no relative volume at 72 h of B05, which have sizes at other times")).toBe(
    "chybí relativní velikost (objem) v 72 h u B05, které mají velikosti v jiných časech",
  );
  expect(spoken("drug + A: no dose between 0.5 and 160 µM; are some written in another unit?")).toBe(
    "drug + A: žádná dávka mezi 0,5 a 160 µM; nejsou některé v jiné jednotce?",
  );
  expect(spoken("an AVI file: it is not read; export its frames as a TIFF stack")).not.toContain("soubor");
  expect(spoken("a GIF file: it is not read; save it as TIFF")).toBe(
    "soubor GIF: nečte se; uložte jej jako TIFF",
  );
});

test("a failure says its sentence, else its kind with the service's words as a detail", async () => {
  await changeLanguage("de");
  expect(failureText("too_many_series", "The file holds 21 images; at most 20 are taken")).toBe(
    "Die Datei enthält 21 Bilder; höchstens 20 werden angenommen",
  );
  expect(failureText("unreadable", "the PNG file is truncated")).toBe("die PNG-Datei ist abgeschnitten");
  expect(failureText("unreadable", "something nobody foresaw")).toBe(
    "Diese Datei kann nicht gelesen werden: englisch: „something nobody foresaw“",
  );
  expect(failureText("unheard_of", "new reason")).toBe("new reason");
  expect(failureText(null, null)).toBe("");
});

test("why a file is not read is said whole, with the file's name in front where one stands", async () => {
  await changeLanguage("cs");
  const packed = "its compression (WEBP) is not read; save it with LZW, deflate or none";
  const whole = "jeho komprese (WEBP) se nečte; uložte jej s LZW, deflate nebo bez komprese";
  expect(failureText("unreadable", packed)).toBe(whole);
  expect(spoken(`plate_A01.tif: ${packed}`)).toBe(`plate_A01.tif: ${whole}`);
  expect(spoken("raw.vsi: something nobody foresaw")).toBe("raw.vsi: something nobody foresaw");
});

test("what a request is refused for has its detail in the person's language", async () => {
  await changeLanguage("cs");
  const detail = "cells.png: holds 12,004 colours; this is a picture, not a mask";
  expect(messageOf(new ApiProblem(422, "unusable_outlines", detail, { detail }))).toBe(
    "Obrysy ze souboru nelze použít: cells.png: obsahuje 12\u00a0004 barev; to je obrázek, ne maska",
  );
});

test("words of another library are marked as English in the middle of another language", async () => {
  await changeLanguage("cs");
  const broken = "the TIFF file is damaged or truncated (not a TIFF file: header=b'GIF8')";
  expect(spoken(broken)).toBe(
    "soubor TIFF je poškozený nebo neúplný (anglicky: „not a TIFF file: header=b'GIF8'“)",
  );
  expect(spoken("left out: A01 (the image shows no object)")).toBe("vynecháno: A01 (na snímku není objekt)");
  await changeLanguage("en");
  expect(spoken(broken)).toBe(broken);
});
