// @vitest-environment happy-dom
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { changeLanguage } from "../../src/i18n";
import { NumberField } from "../../src/ui/NumberField";
import { show } from "../page";

const told: string[] = [];
const send = vi.fn();

function Page({ stored = "", isWhole = false }: { stored?: string; isWhole?: boolean }) {
  const [value, setValue] = useState(stored);
  function hear(next: string) {
    told.push(next);
    setValue(next);
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send(value);
      }}
    >
      <NumberField
        label="Size"
        value={value}
        onChange={hear}
        unit="µm"
        min={0.001}
        max={9999}
        isWhole={isWhole}
      />
      <button type="submit">Send</button>
      <button type="button" onClick={() => setValue("")}>
        Empty
      </button>
    </form>
  );
}

const field = () => screen.getByRole("textbox", { name: "Size" }) as HTMLInputElement;

async function type(text: string) {
  await userEvent.clear(field());
  await userEvent.type(field(), text);
}

afterEach(async () => {
  told.length = 0;
  send.mockReset();
  await changeLanguage("en");
});

test.each([
  ["cs", "0,65"],
  ["de", "0,65"],
  ["en", "0.65"],
] as const)(
  "in %s a number is shown as the language writes it, and read with a comma or a point",
  async (language, own) => {
    await changeLanguage(language);
    show(<Page stored="0.65" />);
    expect(field().value).toBe(own);
    for (const typed of ["0,325", "0.325"]) {
      await type(typed);
      expect(field().value).toBe(typed); // nothing moves under the hands
      expect(told.at(-1)).toBe("0.325");
    }
    await userEvent.tab();
    expect(field().value).toBe(own.replace("65", "325"));
  },
);

test("thousands that may be parts are asked about, and nothing is sent meanwhile", async () => {
  show(<Page />);
  await type("1,300");
  expect(told.at(-1)).toBe("");
  await userEvent.click(screen.getByRole("button", { name: "Send" }));
  expect(send).not.toHaveBeenCalled();
  screen.getByText("1,300 can be read in two ways: write 1300 or 1.300");
  await type("1300");
  await userEvent.click(screen.getByRole("button", { name: "Send" }));
  expect(send).toHaveBeenCalledWith("1300");
});

test("what is no number, out of its bounds or no whole one is said when the field is left", async () => {
  show(<Page />);
  for (const [typed, said] of [
    ["12 cells", "This is not a number"],
    ["0", "At least 0.001"],
    ["10000", "At most 9999"],
  ] as const) {
    await type(typed);
    await userEvent.tab();
    screen.getByText(said);
    expect(field().value).toBe(typed);
  }
  await userEvent.click(screen.getByRole("button", { name: "Empty" }));
  expect([told.at(-1), send.mock.calls.length]).toEqual(["", 0]);
});

test("of a whole number a part is refused", async () => {
  show(<Page isWhole />);
  await type("2.5");
  await userEvent.tab();
  screen.getByText("A whole number is needed");
});

test("the page can empty the field or fill it in", async () => {
  show(<Page stored="0.5" />);
  await type("0.7");
  await userEvent.click(screen.getByRole("button", { name: "Empty" }));
  expect(field().value).toBe("");
});
