import type { FrameOutlines } from "../../geometry/frameOutlines";
import { beforeSignOut } from "../../store/leaving";
import { heldNames, hold } from "../../store/locks";
import { newId } from "../../store/newId";
import type { EarlySteps } from "./early";
import { openJournal, ownerOf } from "./journal";
import { editService, isPassing } from "./service";
import { EditorSession } from "./session";
import { pauseMs } from "./state";

const LOCK = "spheroseg.editor.";
const page = newId();
let journal: ReturnType<typeof openJournal> | undefined;
/** Sessions of this page: one that is left goes on until all of it is saved, and is taken up again. */
const open = new Map<string, EditorSession>();
const opening = new Map<string, Promise<EditorSession>>();
/** What waits for its session to open: in no database yet, so a page that is closed now would lose it. */
const early = new Set<EarlySteps>();

// held as long as the page lives; what a page leaves behind, another one sends
hold(LOCK + page);

/** Pages that are open. Where nobody knows, none but this one: a step that two pages send is done once, by its id. */
async function alive(): Promise<ReadonlySet<string>> {
  return new Set((await heldNames(LOCK)).map((name) => name.slice(LOCK.length)));
}

window.addEventListener("online", () => {
  for (const session of open.values()) session.retry();
});

window.addEventListener("beforeunload", (event) => {
  if ([...early].some((each) => !each.isEmpty)) event.preventDefault();
});

beforeSignOut(async () => {
  while ([...open.values()].some((each) => !each.isIdle) || [...early].some((each) => !each.isEmpty))
    await new Promise((resolve) => setTimeout(resolve, 50));
});

/** Sends what this person's earlier pages left waiting, whatever page is open now. */
export async function sendLeft(person: string): Promise<void> {
  journal ??= openJournal();
  const left = await (await journal).left(ownerOf(person, page), await alive());
  for (const resultId of left) {
    // a result that is not there any more, or no network: it waits until the image is opened
    const frame = await editService.outlines(resultId).catch(() => null);
    if (frame) await openSession(person, resultId, frame);
  }
}

/** Asks before the page is closed while these wait for their session. */
export function beginEarly(steps: EarlySteps): void {
  early.add(steps);
}

/** Somebody left before the session was open: what they did is done nevertheless. */
export async function endEarly(person: string, resultId: string, steps: EarlySteps): Promise<void> {
  for (let failures = 0; !steps.isEmpty; failures += 1) {
    try {
      steps.handTo(await openSession(person, resultId, await editService.outlines(resultId)));
    } catch (error) {
      if (!isPassing(error)) break;
      await new Promise((resolve) => setTimeout(resolve, pauseMs(failures)));
    }
  }
  early.delete(steps);
}

/** Goes on with a result: with this page's own session, or with what an earlier page left. */
export async function openSession(
  person: string,
  resultId: string,
  frame: FrameOutlines,
): Promise<EditorSession> {
  const known = open.get(resultId);
  if (known) {
    known.heard(frame.version);
    return known;
  }
  // one session for a result: two would send the same steps
  const begun =
    opening.get(resultId) ?? begin(person, resultId, frame).finally(() => opening.delete(resultId));
  opening.set(resultId, begun);
  return begun;
}

async function begin(person: string, resultId: string, frame: FrameOutlines): Promise<EditorSession> {
  journal ??= openJournal();
  const session = await EditorSession.open(
    {
      resultId,
      service: editService,
      journal: await journal,
      owner: ownerOf(person, page),
      alive,
      newId,
      later: (work, ms) => setTimeout(work, ms),
    },
    frame,
  );
  open.set(resultId, session);
  return session;
}
