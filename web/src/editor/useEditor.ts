import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { keys } from "../api/keys";
import { useMe } from "../api/session";
import { useTopic } from "../events/useTopic";
import type { FrameOutlines } from "../geometry/frameOutlines";
import { EditorController } from "./controller";
import type { EditorDocument } from "./document";
import { EarlySteps } from "./session/early";
import type { Facts } from "./session/facts";
import { beginEarly, endEarly, openSession } from "./session/open";
import type { EditorSession } from "./session/session";
import type { SessionState } from "./session/state";

export interface Editing {
  controller: EditorController;
  session: EditorSession | null;
  state: SessionState | null;
  document: EditorDocument;
  facts: ReadonlyMap<number, Facts>;
  /** The outlines are still on their way. */
  isPending: boolean;
  /** Why there is no session although there should be one. */
  error: unknown;
  again: () => void;
}

const NOBODY: EditorDocument = new Map();
const NO_FACTS: ReadonlyMap<number, Facts> = new Map();

/** One frame's outlines under a person's hands: as the service has them, with all that waits on top. */
export function useEditor(
  imageId: string,
  resultId: string | null,
  frame: FrameOutlines | undefined,
  canEdit: boolean,
): Editing {
  const client = useQueryClient();
  const person = useMe().data?.id;
  const controller = useMemo(() => new EditorController(), []);
  const [session, setSession] = useState<EditorSession | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const isThere = frame?.resultId === resultId;
  // the picture is there before the session is, with a tool that came along from another image or time point
  const early = useMemo(() => (canEdit && resultId ? new EarlySteps() : null), [canEdit, resultId]);
  const earlySteps = useSyncExternalStore(
    early?.steps.subscribe ?? NOTHING,
    early?.steps.get ?? (() => null),
  );
  useEffect(() => {
    controller.early = early;
    if (early) beginEarly(early);
    return () => {
      controller.early = null;
      if (early && resultId && person) void endEarly(person, resultId, early);
    };
  }, [controller, early, resultId, person]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a session is opened once for a result; it reads changes itself
  useEffect(() => {
    if (!canEdit || !resultId || !frame || !isThere || !person) return;
    let isGone = false;
    let opened: EditorSession | null = null;
    openSession(person, resultId, frame)
      .then((made) => {
        const numbers = early?.handTo(made);
        if (isGone) return;
        if (numbers) controller.renumber(numbers);
        opened = made;
        made.onNumbers = (numbers) => controller.renumber(numbers);
        setSession(made);
        setError(null);
        controller.session.set(made);
      })
      .catch((problem) => !isGone && setError(problem));
    return () => {
      isGone = true;
      controller.session.set(null);
      setSession(null);
      if (opened) opened.onNumbers = () => undefined;
      // another visit begins with what this one left
      void client.invalidateQueries({ queryKey: keys.objects(resultId) });
    };
  }, [controller, client, resultId, canEdit, isThere, attempt, early, person]);

  useTopic(`image:${imageId}`, (event) => {
    if (event.type === "objects.edited" && event.id === resultId) session?.heard(Number(event.version));
  });
  // read again after a broken connection: an event may have been missed
  useEffect(() => {
    if (frame && frame.resultId === resultId) session?.heard(frame.version);
  }, [session, frame, resultId]);
  const state = useSessionState(session);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `early` is asked when its steps have changed
  const document = useMemo(() => {
    const plain = isThere && frame ? plainDocument(frame) : NOBODY;
    return state?.sync.history.document ?? early?.on(plain) ?? plain;
  }, [state?.sync.history.document, frame, isThere, early, earlySteps]);
  const facts = useMemo(
    () =>
      state?.facts ??
      (isThere && frame ? new Map(frame.objects.map((each) => [each.number, each])) : NO_FACTS),
    [state?.facts, frame, isThere],
  );
  useEffect(() => controller.setDocument(document), [controller, document]);
  const isPending = resultId !== null && !isThere;
  return {
    controller,
    session,
    state,
    document,
    facts,
    isPending,
    error,
    again: () => setAttempt((n) => n + 1),
  };
}

function plainDocument(frame: FrameOutlines): EditorDocument {
  return new Map(
    frame.objects.map(({ number, className, outline }) => [number, { number, className, outline }]),
  );
}

const NOTHING = () => () => undefined;

function useSessionState(session: EditorSession | null): SessionState | null {
  return useSyncExternalStore<SessionState | null>(
    session?.state.subscribe ?? NOTHING,
    session?.state.get ?? (() => null),
  );
}
