// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import { patient } from "../../src/api/patient";

const away = () => new TypeError("Failed to fetch dynamically imported module");
const network = vi.spyOn(navigator, "onLine", "get");
afterEach(() => vi.useRealTimers());

test("without a network a part is asked for again when there is one", async () => {
  network.mockReturnValue(false);
  const fetchPart = vi
    .fn<() => Promise<string>>()
    .mockRejectedValueOnce(away())
    .mockResolvedValue("the part");
  const waiting = patient(fetchPart);
  await vi.waitFor(() => expect(fetchPart).toHaveBeenCalledTimes(1));
  await vi.waitFor(() => {
    window.dispatchEvent(new Event("online"));
    expect(fetchPart).toHaveBeenCalledTimes(2);
  });
  expect(await waiting).toBe("the part");
});

test("a service that never gives it is asked a few times, and then that is said", async () => {
  vi.useFakeTimers();
  network.mockReturnValue(true);
  const fetchPart = vi.fn(() => Promise.reject(away()));
  const said = expect(patient(fetchPart)).rejects.toThrow("Failed to fetch");
  await vi.runAllTimersAsync();
  await said;
  expect(fetchPart).toHaveBeenCalledTimes(7);
});

test("a part that came and is broken is not asked for again", async () => {
  const fetchPart = vi.fn(() => Promise.reject(new SyntaxError("broken")));
  await expect(patient(fetchPart)).rejects.toThrow("broken");
  expect(fetchPart).toHaveBeenCalledTimes(1);
});
