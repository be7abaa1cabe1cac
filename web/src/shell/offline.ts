import { Workbox } from "workbox-window";
import { text } from "../i18n";
import { notify } from "../store/notifications";

/** Registers the service worker: the app's shell and thumbnails open without a network. */
export function start(): void {
  if (!("serviceWorker" in navigator)) return;
  const worker = new Workbox("/sw.js");
  worker.addEventListener("waiting", () => {
    notify("info", text("app.newVersion"), {
      label: text("app.reload"),
      run: () => {
        worker.addEventListener("controlling", () => window.location.reload());
        worker.messageSkipWaiting();
      },
    });
  });
  worker.register().catch(() => undefined); // without it everything works, only not offline
  window.addEventListener("offline", () => notify("warning", text("app.offline")));
  window.addEventListener("online", () => notify("success", text("app.online")));
}
