import { ApiProblem, api, ok, type Schemas } from "../../api/client";
import { decodeFrameOutlines, type FrameOutlines } from "../../geometry/frameOutlines";
import { decodeOutline, type Outline } from "../../geometry/outline";
import type { Change, EditorObject, Operation } from "../document";

/** What a step changed; the client's types forget how long an object's box is, which nobody here needs. */
export type EditAnswer = Omit<Schemas["EditAnswer"], "objects"> & { objects: EditedObject[] };
type EditedObject = Omit<Schemas["ObjectOut"], "box">;
type EditRequest = Schemas["EditRequest"];

/** Whether the service's own undo and redo would be of a step of this person: it takes back anybody's. */
export interface Standing {
  readonly undo: boolean;
  readonly redo: boolean;
}

/** What the session asks of the service; the tests put a service of their own here. */
export interface EditService {
  outlines: (resultId: string) => Promise<FrameOutlines>;
  standing: (resultId: string) => Promise<Standing>;
  edit: (resultId: string, version: number, id: string, operation: Operation) => Promise<EditAnswer>;
  move: (resultId: string, version: number, id: string, type: "undo" | "redo") => Promise<EditAnswer>;
}

const ifMatch = (version: number) => ({ "If-Match": `"${version}"` });

export const editService: EditService = {
  async outlines(resultId) {
    const buffer = await ok(
      api.GET("/api/v1/results/{result_id}/outlines", {
        params: { path: { result_id: resultId } },
        parseAs: "arrayBuffer",
        cache: "no-cache",
      }),
    );
    return decodeFrameOutlines(buffer as unknown as ArrayBuffer);
  },
  async standing(resultId) {
    const query = { limit: 200 };
    const [me, steps] = await Promise.all([
      ok(api.GET("/api/v1/users/me")),
      ok(api.GET("/api/v1/results/{result_id}/edits", { params: { path: { result_id: resultId }, query } })),
    ]);
    return standingOf(steps.items, me.id);
  },
  edit: (resultId, version, id, operation) =>
    ok(
      api.PATCH("/api/v1/results/{result_id}/objects", {
        params: { path: { result_id: resultId }, header: ifMatch(version) },
        body: { id, kind: operation.kind, operations: operation.changes.flatMap(wireOf) },
      }),
    ),
  move(resultId, version, id, type) {
    const options = {
      params: { path: { result_id: resultId }, header: { ...ifMatch(version), "idempotency-key": id } },
    };
    return ok(
      type === "undo"
        ? api.POST("/api/v1/results/{result_id}/undo", options)
        : api.POST("/api/v1/results/{result_id}/redo", options),
    );
  },
};

/** @param steps the newest of the journal, newest first; what lies deeper is not offered. */
function standingOf(
  steps: readonly Pick<Schemas["EditOut"], "sequence" | "previous" | "author_id" | "is_undone">[],
  me: string,
): Standing {
  const head = steps.find((each) => !each.is_undone);
  const next = steps.find((each) => each.previous === (head?.sequence ?? 0));
  return { undo: head?.author_id === me, redo: next?.author_id === me };
}

/** Whether sending it again may help: the network is away, or the service is busy. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ApiProblem)) return true;
  return error.status === 408 || error.status === 429 || error.status >= 500;
}

type WireOperation = EditRequest["operations"][number];

function pointsOf(outline: Outline): [number, number][][][] {
  return outline.map((part) =>
    part.map((ring) =>
      Array.from({ length: ring.length / 2 }, (_, v) => [ring[2 * v], ring[2 * v + 1]] as [number, number]),
    ),
  );
}

/** A change as the service reads it; its order is kept, since new objects are numbered by it. */
function wireOf({ number, before, after }: Change): WireOperation[] {
  if (!after) return before ? [{ op: "remove", number }] : [];
  if (!before) return [{ op: "add", class_name: after.className, parts: pointsOf(after.outline) }];
  const isSameOutline = before.outline === after.outline;
  return [
    {
      op: "replace",
      number,
      class_name: before.className === after.className ? null : after.className,
      parts: isSameOutline ? null : pointsOf(after.outline),
    },
  ];
}

/** The numbers that the service gave to new objects: it counts on in the order in which they were sent. */
export function numbersGiven(operation: Operation, answer: EditAnswer): Map<number, number> {
  const touched = new Set(operation.changes.filter((each) => each.before).map((each) => each.number));
  const fresh = answer.objects
    .map((each) => each.number)
    .filter((number) => !touched.has(number))
    .sort((a, b) => a - b);
  const added = operation.changes.filter((each) => !each.before && each.after);
  return new Map(added.map((each, i) => [each.number, fresh[i] ?? each.number]));
}

function objectOf(object: EditedObject): EditorObject {
  const bytes = Uint8Array.from(atob(object.polygons), (letter) => letter.charCodeAt(0));
  return { number: object.number, className: object.class_name, outline: decodeOutline(bytes) };
}

/** What an answer did to a document, as a step. */
export function operationOf(
  id: string,
  kind: string,
  answer: EditAnswer,
  document: ReadonlyMap<number, EditorObject>,
): Operation {
  const after = new Map(answer.objects.map((each) => [each.number, objectOf(each)]));
  const numbers = [...new Set([...answer.removed, ...after.keys()])];
  return {
    id,
    kind,
    changes: numbers.map((number) => ({
      number,
      before: document.get(number) ?? null,
      after: after.get(number) ?? null,
    })),
  };
}
