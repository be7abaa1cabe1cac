import { follow, isOwn, onMessage, send } from "./live";

/** Where somebody else on the same image points, and which objects they work on. */
export interface PeerCursor {
  connection_id: string;
  user_id: string;
  name: string;
  frame: number;
  /** Of the version that `numbers` are objects of. */
  result_id: string | null;
  position: [number, number] | null;
  numbers: number[];
}

interface OwnCursor {
  topic: string;
  frame: number;
  result_id: string | null;
  position: readonly [number, number] | null;
  numbers: readonly number[];
}

const EVERY_MS = 120;
let last: { own: OwnCursor; at: number } | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Tells the others; quick movements are told a few times a second, the last one always. */
export function publishCursor(own: OwnCursor): void {
  clearTimeout(timer);
  const wait = last ? last.at + EVERY_MS - performance.now() : 0;
  const tell = () => {
    last = { own, at: performance.now() };
    send("cursor", own);
  };
  if (wait <= 0) tell();
  else timer = setTimeout(tell, wait);
}

/** Hears where the others are, one's own other windows too, until the returned function is called. */
export function followCursors(topic: string, listener: (people: readonly PeerCursor[]) => void): () => void {
  const stop = onMessage("cursors", (message) => {
    const { topic: of, people } = message as { topic: string; people: PeerCursor[] };
    // the service tells everybody of everybody: one's own cursor must not lock what one holds
    if (of === topic) listener(people.filter((each) => !isOwn(each.connection_id)));
  });
  const stopRepeating = onMessage("subscribed", (to) => {
    if (to === topic && last?.own.topic === topic) send("cursor", last.own);
  });
  const leave = follow(topic);
  return () => {
    stop();
    stopRepeating();
    leave();
    listener([]);
  };
}
