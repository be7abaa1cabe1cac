import { createStore } from "./store";

export type Severity = "success" | "info" | "warning" | "error";

export interface Notification {
  id: number;
  severity: Severity;
  /** A sentence in the reader's language. */
  message: string;
  at: Date;
  isRead: boolean;
  action?: { label: string; run: () => void };
}

const KEPT = 100;
let lastId = 0;

/** All messages of this visit, newest first: the centre lists them, the newest unread one also pops up. */
export const notifications = createStore<readonly Notification[]>([]);
export const popup = createStore<Notification | null>(null);

export function notify(severity: Severity, message: string, action?: Notification["action"]): void {
  lastId += 1;
  const made: Notification = { id: lastId, severity, message, at: new Date(), isRead: false, action };
  notifications.set((now) => [made, ...now].slice(0, KEPT));
  popup.set(made);
}

export function markAllRead(): void {
  notifications.set((now) => now.map((each) => (each.isRead ? each : { ...each, isRead: true })));
}

export function clearNotifications(): void {
  notifications.set([]);
}
