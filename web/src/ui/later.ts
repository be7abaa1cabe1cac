import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import { patient } from "../api/patient";

/** A component whose code is fetched when it is first drawn; a network that is away for a while does not break the page. */
// biome-ignore lint/suspicious/noExplicitAny: React's own word for a component of any properties
export function later<T extends ComponentType<any>>(
  load: () => Promise<{ default: T }>,
): LazyExoticComponent<T> {
  return lazy(() => patient(load));
}
