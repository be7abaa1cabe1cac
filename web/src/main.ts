import { startTexts } from "./i18n";
import { fetchPageOf } from "./pages";

// the frame, the texts and the page are fetched side by side; nothing is drawn that would be replaced at once
const root = document.getElementById("root");
const [{ start }] = await Promise.all([
  import("./start"),
  startTexts(),
  fetchPageOf(window.location.pathname),
]);
if (root) start(root);
if (import.meta.env.PROD) {
  // its copies of all files must not stand in the way of what is shown first
  window.setTimeout(keepForOffline, 4000);
}

/** Without a network its code cannot be fetched; it is asked for again when there is one. */
function keepForOffline(): void {
  import("./shell/offline").then(
    (offline) => offline.start(),
    () => window.addEventListener("online", keepForOffline, { once: true }),
  );
}
