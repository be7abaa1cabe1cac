import { createStore } from "../store/store";

type ConnectionState = "connecting" | "live" | "broken";

export const connectionState = createStore<ConnectionState>("connecting");

/** What the service tells: what happened to what, and its new version. */
export interface LiveEvent {
  topic: string;
  type: string;
  id: string;
  version?: number;
  project_id?: string;
  [member: string]: unknown;
}
