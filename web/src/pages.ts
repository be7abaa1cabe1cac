import type { ComponentType } from "react";
import { csrfToken } from "./api/csrf";
import { loadAllTexts } from "./i18n";

/** A page whose texts are not among the first ones: code and texts are fetched together. */
function withTexts<T>(load: () => Promise<T>): () => Promise<T> {
  return async () => {
    const [page] = await Promise.all([load(), loadAllTexts()]);
    return page;
  };
}

/** Each page is a file of its own, fetched when it is opened. */
export const pages = {
  landing: () => import("./accounts/Landing"),
  signIn: () => import("./accounts/SignIn"),
  signUp: () => import("./accounts/SignUp"),
  forgotPassword: () => import("./accounts/ForgotPassword"),
  resetPassword: () => import("./accounts/ResetPassword"),
  verifyEmail: () => import("./accounts/VerifyEmail"),
  undoEmail: () => import("./accounts/UndoEmail"),
  invitation: withTexts(() => import("./sharing/AcceptInvitation")),
  dashboard: () => import("./projects/Dashboard"),
  help: () => import("./help/Help"),
  notFound: () => import("./shell/NotFound"),
  project: withTexts(() => import("./projects/ProjectPage")),
  gallery: withTexts(() => import("./images/Gallery")),
  results: withTexts(() => import("./analysis/Results")),
  plate: withTexts(() => import("./analysis/plate/PlatePage")),
  report: withTexts(() => import("./analysis/Report")),
  review: withTexts(() => import("./review/Review")),
  runs: withTexts(() => import("./runs/Runs")),
  exports: withTexts(() => import("./exports/Exports")),
  projectSettings: withTexts(() => import("./projects/ProjectSettings")),
  image: withTexts(() => import("./editor/ImagePage")),
  settings: withTexts(() => import("./accounts/Settings")),
  admin: withTexts(() => import("./admin/Admin")),
};

export type LoadPage = () => Promise<{ default: ComponentType }>;

/** Pages whose code was there before the first drawing. */
export const arrived = new Map<LoadPage, ComponentType>();

const IMAGE = /^\/projects\/[^/]+\/images\//;

/** Fetches the code of what an address shows; what fails is said by whoever draws the page. */
export async function fetchPageOf(path: string): Promise<void> {
  const wanted: LoadPage[] =
    path === "/"
      ? [csrfToken() ? pages.dashboard : pages.landing]
      : path === "/sign-in"
        ? [pages.signIn]
        : path === "/projects"
          ? [pages.dashboard]
          : IMAGE.test(path)
            ? [pages.image]
            : path.startsWith("/projects/")
              ? [pages.project, pages.gallery]
              : [];
  await Promise.allSettled(wanted.map(async (load) => arrived.set(load, (await load()).default)));
}
