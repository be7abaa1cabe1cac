import { createStore } from "./createStore";

export type Severity = "success" | "info" | "warning" | "error";

export interface Notification {
  id: number;
  severity: Severity;
  /** A sentence in the language that was spoken when it came up. */
  message: string;
  /** The same as a text of the page with its values: it is read in whatever language is spoken then. */
  wording?: Wording;
  at: Date;
  isRead: boolean;
  action?: { label: string; run: () => void };
  /** The event that it tells of: it is told once, and kept over reloads. */
  event?: string;
  /** Where what it tells of is seen. */
  href?: string;
}

export interface Wording {
  key: string;
  values: Readonly<Record<string, string | number>>;
}

const MOST = 100;
const STORED_AS = "spheroseg.notifications";
let lastId = 0;

/** Messages, newest first: the centre lists them, the newest unread one also pops up. */
export const notifications = createStore<readonly Notification[]>(stored());
export const popup = createStore<Notification | null>(null);

/** What was told of in earlier visits, or in another tab since. */
function stored(): Notification[] {
  const texts = JSON.parse(localStorage.getItem(STORED_AS) ?? "[]") as (Omit<Notification, "at" | "id"> & {
    at: string;
  })[];
  return texts.map((each) => {
    lastId += 1;
    return { ...each, id: lastId, at: new Date(each.at) };
  });
}

function keep(): void {
  const lasting = notifications.get().filter((each) => each.event);
  localStorage.setItem(STORED_AS, JSON.stringify(lasting.map(({ id: _, action: __, ...each }) => each)));
}

function add(made: Omit<Notification, "id" | "at" | "isRead">): void {
  lastId += 1;
  const whole = { ...made, id: lastId, at: new Date(), isRead: false };
  notifications.set((now) => [whole, ...now].slice(0, MOST));
  popup.set(whole);
}

export function notify(severity: Severity, message: string, action?: Notification["action"]): void {
  add({ severity, message, action });
}

/** Tells of something that happened in the service; the same event, told by several tabs or twice, is told once. */
export function notifyOf(
  event: string,
  severity: Severity,
  message: string,
  href: string,
  wording?: Wording,
): void {
  const before = notifications.get();
  const elsewhere = stored().filter((each) => !before.some((own) => own.event === each.event));
  if (elsewhere.length > 0) notifications.set([...elsewhere, ...before].slice(0, MOST));
  if (notifications.get().some((each) => each.event === event)) return;
  add({ severity, message, event, href, wording });
  keep();
}

export function markAllRead(): void {
  notifications.set((now) => now.map((each) => (each.isRead ? each : { ...each, isRead: true })));
  keep();
}

export function clearNotifications(): void {
  notifications.set([]);
  keep();
}
