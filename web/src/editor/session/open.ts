import type { FrameOutlines } from "../../geometry/frameOutlines";
import { openJournal } from "./journal";
import { editService } from "./service";
import { EditorSession } from "./session";

const LOCK = "spheroseg.editor.";
const owner = crypto.randomUUID();
let journal: ReturnType<typeof openJournal> | undefined;
/** Sessions of this page: one that is left goes on until all of it is saved, and is taken up again. */
const open = new Map<string, EditorSession>();

// held as long as the page lives; what a page leaves behind, another one sends
void navigator.locks.request(LOCK + owner, () => new Promise(() => undefined));

async function alive(): Promise<ReadonlySet<string>> {
  const { held = [] } = await navigator.locks.query();
  return new Set(held.flatMap(({ name = "" }) => (name.startsWith(LOCK) ? [name.slice(LOCK.length)] : [])));
}

window.addEventListener("online", () => {
  for (const session of open.values()) session.retry();
});

/** Goes on with a result: with this page's own session, or with what an earlier page left. */
export async function openSession(resultId: string, frame: FrameOutlines): Promise<EditorSession> {
  const known = open.get(resultId);
  if (known) {
    known.heard(frame.version);
    return known;
  }
  journal ??= openJournal();
  const session = await EditorSession.open(
    {
      resultId,
      service: editService,
      journal: await journal,
      owner,
      alive,
      newId: () => crypto.randomUUID(),
      later: (work, ms) => setTimeout(work, ms),
    },
    frame,
  );
  open.set(resultId, session);
  return session;
}
