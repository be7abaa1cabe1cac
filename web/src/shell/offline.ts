import { Workbox } from "workbox-window";
import { isOtherBuild, loadNewPage } from "../api/build";
import { text } from "../i18n";
import { notify } from "../store/notifications";

let isOffered = false;

function offerNewPage(): void {
  if (isOffered) return;
  isOffered = true;
  notify("info", text("app.newVersion"), { label: text("app.reload"), run: () => void loadNewPage() });
}

/** Offers the page that the service has by now, also where no service worker would find out. */
function followBuild(): void {
  const look = () => isOtherBuild.get() && offerNewPage();
  isOtherBuild.subscribe(look);
  look();
}

/** Registers the service worker: the app's shell and thumbnails open without a network. */
export function start(): void {
  followBuild();
  if (!("serviceWorker" in navigator)) return;
  const worker = new Workbox("/sw.js");
  worker.addEventListener("waiting", offerNewPage);
  worker.register().catch(() => undefined); // without it everything works, only not offline
  window.addEventListener("offline", () => notify("warning", text("app.offline")));
  window.addEventListener("online", () => notify("success", text("app.online")));
}
