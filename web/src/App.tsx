import { Suspense, useEffect, useState } from "react";
import { Navigate, Outlet, Route, Routes, useLocation } from "react-router";
import { csrfToken } from "./api/csrf";
import { patient } from "./api/patient";
import { useMe } from "./api/session";
import { arrived, type LoadPage, pages } from "./pages";
import { Shell } from "./shell/Shell";
import { popup } from "./store/notifications";
import { useStore } from "./store/store";
import { listenForKeys, useActions } from "./ui/actions";
import { ErrorBoundary } from "./ui/ErrorBoundary";
import { later } from "./ui/later";
import { listenForDoubleClicks } from "./ui/oneSubmit";
import { PageSkeleton } from "./ui/PageSkeleton";

/** A page that is drawn at once when its code is here already, else as soon as it comes. */
function page(load: LoadPage) {
  const Later = later(load);
  return function Page() {
    const Now = arrived.get(load);
    return Now ? <Now /> : <Later />;
  };
}

const Landing = page(pages.landing);
const SignIn = page(pages.signIn);
const SignUp = page(pages.signUp);
const ForgotPassword = page(pages.forgotPassword);
const ResetPassword = page(pages.resetPassword);
const VerifyEmail = page(pages.verifyEmail);
const UndoEmail = page(pages.undoEmail);
const AcceptInvitation = page(pages.invitation);
const Dashboard = page(pages.dashboard);
const ProjectPage = page(pages.project);
const Gallery = page(pages.gallery);
const Results = page(pages.results);
const Plate = page(pages.plate);
const Report = page(pages.report);
const Review = page(pages.review);
const Runs = page(pages.runs);
const Exports = page(pages.exports);
const ProjectSettings = page(pages.projectSettings);
const ImagePage = page(pages.image);
const Settings = page(pages.settings);
const Admin = page(pages.admin);
const Help = page(pages.help);
const NotFound = page(pages.notFound);
const Popups = later(() => import("./shell/Popups"));
const ShortcutsSheet = later(() => import("./shell/ShortcutsSheet"));

/** A while after the page: outlines that a page closed in the moment after the hand's last stroke had not sent. */
function sendLeftSoon(person: string): () => void {
  const timer = setTimeout(async () => {
    const databases = (await window.indexedDB?.databases?.()) ?? [];
    if (!databases.some((each) => each.name === "spheroseg-editor")) return;
    // without it, what was left waits for the next page
    const editing = await patient(() => import("./editor/session/open")).catch(() => null);
    await editing?.sendLeft(person);
  }, 1000);
  return () => clearTimeout(timer);
}

/** What only people who signed in see; others are sent to sign in and come back afterwards. */
function SignedIn() {
  const me = useMe();
  const { pathname, search, hash } = useLocation();
  const id = me.data?.id;
  useEffect(() => (id ? sendLeftSoon(id) : undefined), [id]);
  // somebody with a session sees the page at once; who it is follows
  if (me.isPending) return csrfToken() ? <Outlet /> : <PageSkeleton />;
  // a secret stays behind the #, where no server writes it down
  const to = { pathname: "/sign-in", search: `?to=${encodeURIComponent(pathname + search)}`, hash };
  if (!me.data) return <Navigate to={to} replace />;
  return <Outlet />;
}

function Home() {
  const me = useMe();
  if (me.isPending && csrfToken()) return <PageSkeleton />;
  return me.data ? <Navigate to="/projects" replace /> : <Landing />;
}

export function App() {
  const location = useLocation();
  const hasPopup = useStore(popup) !== null;
  const [isHelpOpen, setHelpOpen] = useState(false);
  useEffect(listenForKeys, []);
  useEffect(listenForDoubleClicks, []);
  useActions({
    title: "shortcuts.everywhere",
    actions: [{ id: "help", title: "shortcuts.title", keys: ["?"], run: () => setHelpOpen(true) }],
  });
  return (
    <Shell onHelp={() => setHelpOpen(true)}>
      <ErrorBoundary resetKey={location.pathname}>
        <Suspense fallback={<PageSkeleton />}>
          <Routes>
            <Route index element={<Home />} />
            <Route path="sign-in" element={<SignIn />} />
            <Route path="sign-up" element={<SignUp />} />
            <Route path="forgot-password" element={<ForgotPassword />} />
            <Route path="reset-password" element={<ResetPassword />} />
            <Route path="verify-email" element={<VerifyEmail />} />
            <Route path="undo-email" element={<UndoEmail />} />
            <Route path="help/*" element={<Help />} />
            <Route element={<SignedIn />}>
              <Route path="invitation" element={<AcceptInvitation />} />
              <Route path="projects" element={<Dashboard />} />
              <Route path="projects/:projectId" element={<ProjectPage />}>
                <Route index element={<Gallery />} />
                <Route path="results" element={<Results />} />
                <Route path="plate" element={<Plate />} />
                <Route path="report" element={<Report />} />
                <Route path="review" element={<Review />} />
                <Route path="runs" element={<Runs />} />
                <Route path="exports" element={<Exports />} />
                <Route path="settings" element={<ProjectSettings />} />
              </Route>
              <Route path="projects/:projectId/images/:imageId" element={<ImagePage />} />
              <Route path="settings" element={<Settings />} />
              <Route path="admin" element={<Admin />} />
            </Route>
            <Route path="*" element={<NotFound />} />
          </Routes>
        </Suspense>
      </ErrorBoundary>
      {hasPopup && (
        <Suspense>
          <Popups />
        </Suspense>
      )}
      {isHelpOpen && (
        <Suspense>
          <ShortcutsSheet onClose={() => setHelpOpen(false)} />
        </Suspense>
      )}
    </Shell>
  );
}
