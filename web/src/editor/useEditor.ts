import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { keys } from "../api/keys";
import { useTopic } from "../events/useTopic";
import type { FrameOutlines } from "../geometry/frameOutlines";
import { EditorController } from "./controller";
import type { EditorDocument } from "./document";
import type { Facts } from "./session/facts";
import { openSession } from "./session/open";
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
  const controller = useMemo(() => new EditorController(), []);
  const [session, setSession] = useState<EditorSession | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const isThere = frame?.resultId === resultId;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a session is opened once for a result; it reads changes itself
  useEffect(() => {
    if (!canEdit || !resultId || !frame || !isThere) return;
    let isGone = false;
    let opened: EditorSession | null = null;
    openSession(resultId, frame)
      .then((made) => {
        if (isGone) return;
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
  }, [controller, client, resultId, canEdit, isThere, attempt]);

  useTopic(`image:${imageId}`, (event) => {
    if (event.type === "objects.edited" && event.id === resultId) session?.heard(Number(event.version));
  });
  // read again after a broken connection: an event may have been missed
  useEffect(() => {
    if (frame && frame.resultId === resultId) session?.heard(frame.version);
  }, [session, frame, resultId]);
  const state = useSessionState(session);
  const document = useMemo(
    () => state?.sync.history.document ?? (isThere && frame ? plainDocument(frame) : NOBODY),
    [state?.sync.history.document, frame, isThere],
  );
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
