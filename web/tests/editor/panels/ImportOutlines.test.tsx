// @vitest-environment happy-dom
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { ImportOutlines } from "../../../src/editor/panels/ImportOutlines";
import { notifications } from "../../../src/store/notifications";
import { show } from "../../page";
import { network } from "../../setup";

async function choose(answer: () => Response) {
  const sent: string[] = [];
  network.answer = async (request) => {
    sent.push(`${request.method} ${new URL(request.url).pathname}${new URL(request.url).search}`);
    sent.push((await request.text()).includes("masks.png") ? "masks.png" : "another file");
    return answer();
  };
  show(<ImportOutlines imageId="i1" frame={2} />);
  expect(screen.getByRole("button", { name: "Import outlines…" })).toBeTruthy();
  const input = document.querySelector("input[type=file]") as HTMLInputElement;
  await userEvent.upload(input, new File(["outlines"], "masks.png", { type: "image/png" }));
  return sent;
}

const said = () => notifications.get().map(({ severity, message }) => `${severity}: ${message}`);

test("a chosen file is sent for the shown time point, and what came of it is said", async () => {
  const answer = { result: { n_objects: 7 }, is_shown: false, notes: ["object 3: was cut off"] };
  const sent = await choose(() => Response.json(answer, { status: 201 }));
  await waitFor(() => expect(said().some((each) => each.includes("object 3: was cut off"))).toBe(true));
  expect(sent).toEqual(["POST /api/v1/images/i1/results/import?frame=2", "masks.png"]);
  expect(said().some((each) => each.startsWith("success: Objects imported: 7, as another version"))).toBe(
    true,
  );
});
