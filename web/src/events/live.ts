import { io, type Socket } from "socket.io-client";
import { refreshSession } from "../api/client";
import { keys } from "../api/keys";
import { queryClient } from "../api/query";
import { connectionState, type LiveEvent } from "./state";
import { tell as tellOf } from "./tell";

const PATH = "/api/v1/events";

let socket: Socket | null = null;
const topics = new Map<string, number>();
const listeners = new Set<(event: LiveEvent) => void>();
const messages = new Map<string, Set<(message: unknown) => void>>();

/** Opens the connection; returns how to close it. */
export function connect(): () => void {
  const made = io({ path: PATH, transports: ["websocket"], withCredentials: true });
  socket = made;
  made.on("connect", () => {
    const isAgain = connectionState.get() === "broken";
    connectionState.set("live");
    own.add(made.id);
    for (const topic of topics.keys()) subscribe(made, topic, missed);
    if (isAgain) resync();
  });
  made.on("disconnect", () => connectionState.set("broken"));
  made.on("connect_error", (error) => {
    connectionState.set("broken");
    // the access cookie is too old: a new one, then the client's own next attempt succeeds
    if (!made.active) void refreshSession().then((isFresh) => isFresh && made.connect());
    else if (/session|unauthenticated/.test(error.message)) void refreshSession();
  });
  made.on("event", (event: LiveEvent) => {
    hear(event);
    for (const listener of listeners) listener(event);
  });
  made.on("resync", resync);
  made.onAny(tell);
  return () => {
    made.close();
    socket = null;
    connectionState.set("connecting");
  };
}

/** Asks to hear of a topic; `heard` is called when the service will tell of it from now on. */
function subscribe(made: Socket, topic: string, heard?: (topic: string) => void): void {
  made.emit("subscribe", { topic }, (answer: { cursors?: unknown[] }) => {
    tell("subscribed", topic);
    if (answer.cursors) tell("cursors", { topic, people: answer.cursors });
    heard?.(topic);
  });
}

/** The page was read before the connection stood: what happened in between nobody told. */
function missed(topic: string): void {
  stale(topic.split(":"));
}

/** Hears of a project or an image until the returned function is called. */
export function follow(topic: string, listener?: (event: LiveEvent) => void): () => void {
  topics.set(topic, (topics.get(topic) ?? 0) + 1);
  if (topics.get(topic) === 1 && socket?.connected) subscribe(socket, topic);
  const heard = listener && ((event: LiveEvent) => event.topic === topic && listener(event));
  if (heard) listeners.add(heard);
  return () => {
    const left = (topics.get(topic) ?? 1) - 1;
    if (left > 0) topics.set(topic, left);
    else {
      topics.delete(topic);
      socket?.emit("unsubscribe", { topic });
    }
    if (heard) listeners.delete(heard);
  };
}

// after a cut the service believes in the old connection for a while: that is this window, too
const own = new Set<string | undefined>();

/** Whether the service's name of a connection is one that this window has or had. */
export function isOwn(connectionId: string): boolean {
  return own.has(connectionId);
}

/** Tells the service something that nobody keeps; nothing happens while there is no connection. */
export function send(name: string, message: unknown): void {
  if (socket?.connected) socket.emit(name, message);
}

/** Hears messages of one name until the returned function is called. */
export function onMessage(name: string, listener: (message: unknown) => void): () => void {
  const heard = messages.get(name) ?? new Set();
  messages.set(name, heard.add(listener));
  return () => heard.delete(listener);
}

function tell(name: string, message: unknown): void {
  for (const listener of messages.get(name) ?? []) listener(message);
}

/** Events may have been missed: what is on the screen is read again. */
function resync(): void {
  void queryClient.invalidateQueries({ type: "active" });
}

// thousands of results may be done in a minute; each list is read again at most once in this time
const EVERY_MS = 1500;
const waiting = new Map<string, readonly unknown[]>();
let readAt = -EVERY_MS;

// the first change after a pause is followed at once
function stale(key: readonly unknown[]): void {
  if (waiting.size === 0) setTimeout(readAgain, Math.max(0, readAt + EVERY_MS - performance.now()));
  waiting.set(JSON.stringify(key), key);
}

function readAgain(): void {
  readAt = performance.now();
  for (const each of waiting.values()) void queryClient.invalidateQueries({ queryKey: each });
  waiting.clear();
}

/** What an event makes untrue is read again. */
export function hear(event: LiveEvent): void {
  const [subject] = event.type.split(".");
  const projectId = event.topic.startsWith("project:")
    ? event.topic.slice("project:".length)
    : event.project_id;
  if (subject === "image" || subject === "result" || subject === "objects") {
    const imageId = subject === "image" ? event.id : event.image_id;
    if (typeof imageId === "string") stale(keys.image(imageId));
    if (projectId) {
      stale(keys.images(projectId));
      stale(keys.summary(projectId));
    }
  }
  if (projectId && (subject === "run" || subject === "result")) stale(keys.runs(projectId));
  if (projectId && (subject === "batch" || subject === "image" || subject === "run"))
    stale(keys.batches(projectId));
  if (projectId && (subject === "result" || subject === "objects")) {
    stale(keys.table(projectId));
    stale(keys.review(projectId));
    stale(keys.analysis(projectId));
  }
  if (projectId && (subject === "frame" || subject === "layout" || subject === "image")) {
    stale(keys.analysis(projectId));
    if (subject === "layout") stale(keys.layout(projectId));
  }
  if (projectId && subject === "set") stale(keys.uploadSets(projectId));
  if (projectId && subject === "export") stale(keys.exports(projectId));
  // another pixel size: all measures are new, the outlines are the same
  if (event.type === "objects.edited" && event.kind === "measure") {
    for (const what of ["table", "result"]) stale([...keys.objects(event.id), what]);
  }
  void tellOf(event);
}
