// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { FrameSteps } from "../../src/viewer/FrameSteps";
import { show } from "../page";

const TIMES_S = [0, 1800, 86_400]; // not equally far apart

function Steps({ onFrame }: { onFrame: (frame: number) => void }) {
  const [frame, setFrame] = useState(0);
  const go = (next: number) => {
    setFrame(next);
    onFrame(next);
  };
  const rest = { slice: 0, nSlices: 1, onSlice: () => undefined, timeS: TIMES_S[frame] ?? null };
  return <FrameSteps frame={frame} nFrames={3} onFrame={go} {...rest} />;
}

test("the slider goes through time, which is said in hours", async () => {
  const seen: number[] = [];
  show(<Steps onFrame={(frame) => seen.push(frame)} />);
  const time = screen.getByRole("slider", { name: /Time/ });
  fireEvent.change(time, { target: { value: 2 } });
  expect(seen).toEqual([2]);
  expect(screen.getByText(/3\/3 · 24 h/)).toBeTruthy();
});

test("playing shows one time point after the other and begins again", async () => {
  const seen: number[] = [];
  show(<Steps onFrame={(frame) => seen.push(frame)} />);
  await userEvent.click(screen.getByRole("button", { name: "Play" }));
  await waitFor(() => expect(seen.slice(0, 4)).toEqual([1, 2, 0, 1]));
  await userEvent.click(screen.getByRole("button", { name: "Pause" }));
});

test("a stack is seen as its maximum projection, and then again as the slice it was", async () => {
  const seen: (number | "max")[] = [];
  function Stack() {
    const [slice, setSlice] = useState<number | "max">(2);
    const go = (next: number | "max") => {
      setSlice(next);
      seen.push(next);
    };
    const rest = { frame: 0, nFrames: 1, onFrame: () => undefined, timeS: null };
    return <FrameSteps slice={slice} nSlices={5} onSlice={go} {...rest} />;
  }
  show(<Stack />);
  const projection = screen.getByRole("button", { name: "Maximum projection" });
  await userEvent.click(projection);
  expect(projection.getAttribute("aria-pressed")).toBe("true");
  await userEvent.click(projection);
  expect(seen).toEqual(["max", 2]);
});
