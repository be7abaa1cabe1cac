import { ApiProblem } from "../../../src/api/client";
import {
  type EditorDocument,
  type EditorObject,
  inverse,
  type Operation,
} from "../../../src/editor/document";
import { type Entry, type Journal, packed, unpacked } from "../../../src/editor/session/journal";
import type { EditAnswer, EditService } from "../../../src/editor/session/service";
import type { FrameOutlines } from "../../../src/geometry/frameOutlines";
import { encodeOutline } from "../../../src/geometry/outline";

/** The service's rules in few lines: versions, a linear journal, the same id twice is done once. */
export class MemoryService {
  document: EditorDocument;
  version = 1;
  steps: { operation: Operation; isUndone: boolean; author: string }[] = [];
  private answers = new Map<string, EditAnswer>();
  private nextNumber: number;
  /** What becomes of each next request: it gets through, is lost on its way, or its answer is. */
  fate: () => "through" | "lost" | "unheard" = () => "through";

  constructor(objects: readonly EditorObject[]) {
    this.document = new Map(objects.map((each) => [each.number, each]));
    this.nextNumber = Math.max(0, ...objects.map((each) => each.number)) + 1;
  }

  outlines = async (resultId: string): Promise<FrameOutlines> => {
    this.pass();
    const objects = [...this.document.values()].map((each) => ({
      ...each,
      confidence: null,
      flags: [],
      isDrawn: false,
    }));
    return { resultId, version: this.version, objects };
  };

  /** The service as one person meets it. */
  of(author: string): EditService {
    return {
      outlines: this.outlines,
      standing: async () => ({
        undo: this.steps[this.top()]?.author === author,
        redo: this.steps[this.next()]?.author === author,
      }),
      edit: (_resultId, version, id, operation) => this.edit(author, version, id, operation),
      move: this.move,
    };
  }

  private readonly edit = async (author: string, version: number, id: string, operation: Operation) =>
    this.once(id, version, () => {
      for (const { number, before } of operation.changes)
        if (before && !this.document.has(number)) throw new ApiProblem(404, "no_such_object", "gone");
      const changes = operation.changes.map(({ number, before, after }) => {
        if (before || !after) return { number, before: this.document.get(number) ?? null, after };
        this.nextNumber += 1;
        const given = this.nextNumber - 1;
        return { number: given, before: null, after: { ...after, number: given } };
      });
      const made = { ...operation, changes };
      this.steps.push({ operation: made, isUndone: false, author });
      return made;
    });

  private readonly move = async (_resultId: string, version: number, id: string, type: "undo" | "redo") =>
    this.once(id, version, () => {
      const step = this.steps[type === "undo" ? this.top() : this.next()];
      if (!step) throw new ApiProblem(409, "nothing_to_undo", "nothing");
      step.isUndone = type === "undo";
      return type === "undo" ? inverse(step.operation) : step.operation;
    });

  private top(): number {
    return this.steps.findLastIndex((each) => !each.isUndone);
  }

  private next(): number {
    const top = this.top();
    return top + 1 < this.steps.length ? top + 1 : -1;
  }

  private pass(): "through" | "unheard" {
    const fate = this.fate();
    if (fate === "lost") throw new TypeError("no network");
    return fate;
  }

  private once(id: string, version: number, work: () => Operation): EditAnswer {
    const fate = this.pass();
    const known = this.answers.get(id);
    if (!known) {
      if (version !== this.version) throw new ApiProblem(412, "precondition_failed", "changed");
      const done = work();
      const next = new Map(this.document);
      for (const { number, after } of done.changes) {
        if (after) next.set(number, after);
        else next.delete(number);
      }
      this.document = next;
      this.version += 1;
      this.answers.set(id, this.answerTo(done));
    }
    if (fate === "unheard") throw new TypeError("no network");
    return {
      ...(known ?? (this.answers.get(id) as EditAnswer)),
      version: known ? this.version : this.version,
    };
  }

  private answerTo(operation: Operation): EditAnswer {
    return {
      result_id: "r",
      is_complete: true,
      version: this.version,
      sequence: this.steps.length,
      can_undo: this.top() >= 0,
      can_redo: this.next() >= 0,
      removed: operation.changes.filter((each) => !each.after).map((each) => each.number),
      objects: operation.changes.flatMap(({ number, after }) =>
        after
          ? [
              {
                number,
                class_name: after.className,
                confidence: null,
                flags: [],
                source: "person" as const,
                author_id: null,
                updated_at: "",
                polygons: btoa(String.fromCharCode(...encodeOutline(after.outline))),
                measures: {},
              },
            ]
          : [],
      ),
    };
  }
}

/** The browser's database in few lines; what is written is packed as there. */
export class MemoryJournal implements Journal {
  private kept = new Map<string, ReturnType<typeof packed>>();

  async load(resultId: string, owner: string, alive: ReadonlySet<string>): Promise<Entry[]> {
    const mine = [...this.kept.values()]
      .filter((each) => each.resultId === resultId && (each.owner === owner || !alive.has(each.owner)))
      .sort((a, b) => a.place - b.place)
      .map((each) => ({ ...unpacked(each), owner }));
    await this.write(mine, []);
    return mine;
  }

  async write(put: readonly Entry[], removed: readonly string[]): Promise<void> {
    for (const id of removed) this.kept.delete(id);
    for (const each of put) this.kept.set(each.id, packed(each));
  }

  get size(): number {
    return this.kept.size;
  }
}
