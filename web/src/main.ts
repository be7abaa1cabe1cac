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
  window.setTimeout(() => void import("./shell/offline").then((offline) => offline.start()), 4000);
}
