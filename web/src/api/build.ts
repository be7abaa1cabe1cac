import { createStore } from "../store/createStore";

/** Whether the service has another version of this page: it was upgraded, or went back, while the page was open. */
export const isOtherBuild = createStore(false);

/** The build that is open, by its first script, whose name hashes all others; empty where nothing was built. */
function ownBuild(): string {
  const script = document.querySelector<HTMLScriptElement>('script[type="module"][src^="/assets/"]');
  return script?.getAttribute("src")?.slice("/assets/".length) ?? "";
}

/** Every answer of the API says which page belongs to it. */
export function seeBuild(headers: Headers): void {
  const theirs = headers.get("SpheroSeg-Page");
  const own = ownBuild();
  if (theirs && own && theirs !== own) isOtherBuild.set(true);
}

/** Loads the page that the service has now: a service worker would go on answering with the one that it kept. */
export async function loadNewPage(): Promise<void> {
  const workers = navigator.serviceWorker;
  const registration = await workers?.getRegistration();
  await registration?.update().catch(() => undefined); // without a network what is kept is all there is
  const next = registration?.installing ?? registration?.waiting;
  if (!next) return window.location.reload();
  workers.addEventListener("controllerchange", () => window.location.reload(), { once: true });
  const takeOver = () => next.state === "installed" && next.postMessage({ type: "SKIP_WAITING" });
  next.addEventListener("statechange", takeOver);
  takeOver();
}
