/** How somebody wants to hear of the end of a run. */
export const NOTIFY_BY = ["app", "email", "none"] as const;
type NotifyBy = (typeof NOTIFY_BY)[number];

export function notifyBy(preferences: Readonly<Record<string, unknown>> | undefined): NotifyBy {
  return NOTIFY_BY.find((each) => each === preferences?.notify_run_finished) ?? "app";
}
