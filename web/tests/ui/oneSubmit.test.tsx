// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test } from "vitest";
import { listenForDoubleClicks } from "../../src/ui/oneSubmit";

let stop = () => {};
beforeEach(() => {
  stop = listenForDoubleClicks();
});
afterEach(() => stop());

/** How many clicks of a double click arrive at a button of this type. */
function heard(type: "submit" | "button"): number {
  document.body.innerHTML = `<button type="${type}"><span>Send</span></button>`;
  let clicks = 0;
  document.querySelector("button")?.addEventListener("click", () => clicks++);
  for (const detail of [1, 2, 3]) {
    const click = new MouseEvent("click", { bubbles: true, cancelable: true, detail });
    document.querySelector("span")?.dispatchEvent(click);
  }
  return clicks;
}

test("what is sent by a double click is sent once", () => {
  expect(heard("submit")).toBe(1);
});

test("other buttons hear every click: the next image, and the one after it", () => {
  expect(heard("button")).toBe(3);
});
