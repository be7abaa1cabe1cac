// @vitest-environment happy-dom
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EditorDocument, EditorObject } from "../../../src/editor/document";
import { EditorSession } from "../../../src/editor/session/session";
import type { SessionParts } from "../../../src/editor/session/state";
import { canRedo, canUndo } from "../../../src/editor/session/sync";
import { MemoryJournal, MemoryService } from "./memory";

function object(number: number, size: number): EditorObject {
  return { number, className: "spheroid", outline: [[Float64Array.from([0, 0, size, 0, size, size])]] };
}
const START = [1, 2, 3, 4].map((number) => object(number, 10 * number));
const areas = (document: EditorDocument) =>
  [...document.values()].map((each) => each.outline[0]?.[0]?.[2] as number).sort((a, b) => a - b);

let lastId = 0;

/** A page of one person; its clock runs when it is told to. */
class Page {
  session!: EditorSession;
  private waiting: (() => void)[] = [];
  private isGone = false;

  constructor(
    readonly service: MemoryService,
    readonly journal: MemoryJournal,
    readonly owner: string,
  ) {}

  /** The page is closed: whatever it was waiting for, it does nothing more. */
  close(): void {
    this.isGone = true;
  }

  private mortal<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (of, name) => {
        const member = of[name as keyof T] as unknown;
        if (typeof member !== "function") return member;
        return async (...given: unknown[]) => {
          if (this.isGone) return new Promise(() => undefined);
          const answer = await member.apply(of, given);
          return this.isGone ? new Promise(() => undefined) : answer;
        };
      },
    });
  }

  async open(): Promise<void> {
    const parts: SessionParts = {
      resultId: "r",
      service: this.mortal(this.service.of(this.owner)),
      journal: this.mortal(this.journal),
      owner: this.owner,
      alive: async () => new Set([this.owner]),
      newId: () => `${this.owner}-${++lastId}`,
      later: (work) => this.waiting.push(work),
    };
    for (;;) {
      try {
        this.session = await EditorSession.open(parts, await this.service.outlines("r"));
        return;
      } catch {} // no network: the page is opened again
    }
  }

  /** Lets everything happen that can. */
  async rest(): Promise<void> {
    for (let i = 0; i < 400; i += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      const work = this.waiting.splice(0);
      for (const each of work) each();
      if (this.session.isIdle && this.session.state.get().saving.state === "saved" && work.length === 0)
        break;
    }
  }
}

type Wish = { what: "add" | "change" | "remove" | "undo" | "redo"; which: number; size: number };
const wish: fc.Arbitrary<Wish> = fc.record({
  what: fc.constantFrom("add", "change", "change", "remove", "undo", "undo", "redo"),
  which: fc.nat(9),
  size: fc.integer({ min: 100, max: 10_000 }),
});

function act(session: EditorSession, { what, which, size }: Wish): void {
  if (what === "undo" || what === "redo") {
    session[what]();
    return;
  }
  if (what === "add") {
    const number = session.newNumber();
    session.perform("draw", [{ number, before: null, after: object(number, size) }]);
    return;
  }
  const objects = [...session.document.values()];
  const before = objects[which % Math.max(1, objects.length)];
  if (!before) return;
  const after = what === "remove" ? null : object(before.number, size);
  session.perform(what, [{ number: before.number, before, after }]);
}

const fates = fc.array(fc.constantFrom("through", "through", "lost", "unheard") as fc.Arbitrary<"through">, {
  maxLength: 60,
});

describe("one person", () => {
  test("whatever the network does, and with reloads in between, the service ends with what was on the screen", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(wish, fc.nat(9), fc.nat(12)), { maxLength: 14 }),
        fates,
        async (wishes, network) => {
          const service = new MemoryService(START);
          const journal = new MemoryJournal();
          service.fate = () => network.shift() ?? "through";
          let page = new Page(service, journal, "a");
          await page.open();
          for (const [next, pause, which] of wishes) {
            // nobody draws on what a step from before this visit is just changing
            if (page.session.sync.waiting.some((each) => !each.operation)) await page.rest();
            act(page.session, next);
            if (pause === 0) {
              const shown = areas(page.session.document);
              const isKnown = page.session.sync.waiting.every((each) => each.operation);
              for (let i = 0; i < which; i += 1) await Promise.resolve(); // at any moment of what it does
              page.close();
              page = new Page(service, journal, "a");
              await page.open();
              // what a step from before this visit does, only the service knows
              if (isKnown) expect(areas(page.session.document)).toEqual(shown);
            } else if (pause < 5) await page.rest();
          }
          network.length = 0;
          await page.rest();
          expect(page.session.sync.conflicts).toEqual([]);
          expect(areas(service.document)).toEqual(areas(page.session.document));
          expect(journal.size).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("all that was done, also before a reload, can be taken back and done again", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          wish.filter((each) => !["undo", "redo"].includes(each.what)),
          { minLength: 1, maxLength: 8 },
        ),
        fc.nat(8),
        async (wishes, reloadAt) => {
          const service = new MemoryService(START);
          const journal = new MemoryJournal();
          let page = new Page(service, journal, "a");
          await page.open();
          for (const [i, next] of wishes.entries()) {
            act(page.session, next);
            if (i === reloadAt) {
              await page.rest();
              page.close();
              page = new Page(service, journal, "a");
              await page.open();
            }
          }
          await page.rest();
          const end = areas(service.document);
          for (let i = 0; i < 20; i += 1) {
            page.session.undo();
            await page.rest();
          }
          expect(areas(service.document)).toEqual([10, 20, 30, 40]);
          expect(areas(page.session.document)).toEqual([10, 20, 30, 40]);
          for (let i = 0; i < 20; i += 1) {
            page.session.redo();
            await page.rest();
          }
          expect(areas(service.document)).toEqual(end);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("two people", () => {
  test("they converge, or each conflict is shown; nothing that was drawn is lost", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.boolean(), wish, fc.nat(3)), { maxLength: 14 }),
        fates,
        async (wishes, network) => {
          const service = new MemoryService(START);
          service.fate = () => network.shift() ?? "through";
          const pages = [
            new Page(service, new MemoryJournal(), "a"),
            new Page(service, new MemoryJournal(), "b"),
          ] as const;
          for (const page of pages) await page.open();
          for (const [isFirst, next, pause] of wishes) {
            const page = pages[isFirst ? 0 : 1];
            if (page.session.sync.waiting.some((each) => !each.operation)) await page.rest();
            act(page.session, next);
            if (pause === 0) for (const each of pages) await each.rest();
          }
          network.length = 0;
          for (let round = 0; round < 4; round += 1) {
            for (const page of pages) {
              page.session.heard(service.version);
              await page.rest();
            }
          }
          for (const page of pages) {
            expect(page.session.isIdle).toBe(true);
            expect(areas(page.session.document)).toEqual(areas(service.document));
          }
          // a person decides: their own version of everything, beside what is there
          for (const page of pages) {
            const drawn = page.session.sync.conflicts.flatMap((each) =>
              each.operation.changes.flatMap(({ after }) => (after ? [after.outline[0]?.[0]?.[2]] : [])),
            );
            for (const conflict of page.session.sync.conflicts) page.session.resolve(conflict.id, "both");
            await page.rest();
            for (const size of drawn) expect(areas(service.document)).toContain(size);
            expect(page.session.sync.conflicts).toEqual([]);
          }
        },
      ),
      { numRuns: 80 },
    );
  });

  test("each kept choice gives what it says", async () => {
    for (const [choice, wanted] of [
      ["mine", [20, 30, 40, 500]],
      ["theirs", [20, 30, 40, 700]],
      ["both", [20, 30, 40, 500, 700]],
    ] as const) {
      const service = new MemoryService(START);
      const [mine, theirs] = [
        new Page(service, new MemoryJournal(), "a"),
        new Page(service, new MemoryJournal(), "b"),
      ];
      await mine.open();
      await theirs.open();
      act(theirs.session, { what: "change", which: 0, size: 700 });
      await theirs.rest();
      act(mine.session, { what: "change", which: 0, size: 500 });
      await mine.rest();
      const [conflict] = mine.session.sync.conflicts;
      expect(conflict?.reason).toBe("changed");
      mine.session.resolve(conflict?.id ?? "", choice);
      await mine.rest();
      expect(areas(service.document)).toEqual(wanted);
    }
  });

  test("taking back one's own step leaves what somebody else did since", async () => {
    const service = new MemoryService(START);
    const [mine, theirs] = [
      new Page(service, new MemoryJournal(), "a"),
      new Page(service, new MemoryJournal(), "b"),
    ];
    await mine.open();
    act(mine.session, { what: "change", which: 0, size: 500 });
    await mine.rest();
    await theirs.open();
    act(theirs.session, { what: "change", which: 1, size: 700 });
    await theirs.rest();
    mine.session.heard(service.version);
    mine.session.undo();
    await mine.rest();
    expect(areas(service.document)).toEqual([10, 30, 40, 700]);
    mine.session.redo();
    await mine.rest();
    expect(areas(service.document)).toEqual([30, 40, 500, 700]);
  });
});

describe("a step from before this visit", () => {
  async function visit(service: MemoryService, who: string): Promise<Page> {
    const page = new Page(service, new MemoryJournal(), who);
    await page.open();
    return page;
  }
  async function changes(page: Page, which: number, size: number): Promise<void> {
    act(page.session, { what: "change", which, size });
    await page.rest();
  }
  async function takesBack(page: Page): Promise<void> {
    page.session.undo();
    await page.rest();
  }

  test("is taken back as long as nobody else worked since, and not what is below it", async () => {
    const service = new MemoryService(START);
    await changes(await visit(service, "b"), 0, 700);
    await changes(await visit(service, "a"), 1, 500);
    const mine = await visit(service, "a");
    expect(canUndo(mine.session.sync)).toBe(true);
    await takesBack(mine);
    expect(areas(service.document)).toEqual([20, 30, 40, 700]);
    expect(canUndo(mine.session.sync)).toBe(false);
    await takesBack(mine);
    expect(areas(service.document)).toEqual([20, 30, 40, 700]);
  });

  test("is not taken back where somebody else's lies on it, known or not", async () => {
    const service = new MemoryService(START);
    await changes(await visit(service, "a"), 0, 500);
    const mine = await visit(service, "a");
    await changes(await visit(service, "b"), 1, 700);
    expect(canUndo(mine.session.sync)).toBe(true); // it has not heard of the other one
    await takesBack(mine);
    expect(areas(service.document)).toEqual([30, 40, 500, 700]);
    expect(canUndo(mine.session.sync)).toBe(false);
    expect(canUndo((await visit(service, "a")).session.sync)).toBe(false);
    expect(mine.session.isIdle).toBe(true);
  });

  test("of somebody else is not done again either", async () => {
    const service = new MemoryService(START);
    const theirs = await visit(service, "b");
    await changes(theirs, 0, 700);
    await takesBack(theirs);
    const mine = await visit(service, "a");
    expect(canRedo(mine.session.sync)).toBe(false);
    expect(canRedo((await visit(service, "b")).session.sync)).toBe(true);
  });
});
