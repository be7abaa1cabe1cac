import { lazy, Suspense, useEffect, useState } from "react";
import { Navigate, Outlet, Route, Routes, useLocation } from "react-router";
import { useMe } from "./auth/session";
import { listenForKeys, useActions } from "./ui/actions";
import { ErrorBoundary } from "./ui/ErrorBoundary";
import { popup } from "./ui/notifications";
import { PageSkeleton } from "./ui/PageSkeleton";
import { Shell } from "./ui/Shell";
import { useStore } from "./ui/store";

const Landing = lazy(() => import("./auth/Landing"));
const SignIn = lazy(() => import("./auth/SignIn"));
const SignUp = lazy(() => import("./auth/SignUp"));
const ForgotPassword = lazy(() => import("./auth/ForgotPassword"));
const ResetPassword = lazy(() => import("./auth/ResetPassword"));
const VerifyEmail = lazy(() => import("./auth/VerifyEmail"));
const AcceptInvitation = lazy(() => import("./sharing/AcceptInvitation"));
const Dashboard = lazy(() => import("./projects/Dashboard"));
const ProjectPage = lazy(() => import("./projects/ProjectPage"));
const Gallery = lazy(() => import("./images/Gallery"));
const Results = lazy(() => import("./analysis/Results"));
const Review = lazy(() => import("./segmentation/Review"));
const Runs = lazy(() => import("./segmentation/Runs"));
const Exports = lazy(() => import("./exports/Exports"));
const ProjectSettings = lazy(() => import("./projects/ProjectSettings"));
const ImagePage = lazy(() => import("./images/ImagePage"));
const Settings = lazy(() => import("./users/Settings"));
const Admin = lazy(() => import("./admin/Admin"));
const NotFound = lazy(() => import("./ui/NotFound"));
const Popups = lazy(() => import("./ui/Popups"));
const ShortcutsSheet = lazy(() => import("./ui/ShortcutsSheet"));

/** What only people who signed in see; others are sent to sign in and come back afterwards. */
function SignedIn() {
  const me = useMe();
  const { pathname, search } = useLocation();
  if (me.isPending) return <PageSkeleton />;
  if (!me.data) return <Navigate to={`/sign-in?to=${encodeURIComponent(pathname + search)}`} replace />;
  return <Outlet />;
}

function Home() {
  const me = useMe();
  if (me.isPending) return <PageSkeleton />;
  return me.data ? <Navigate to="/projects" replace /> : <Landing />;
}

export function App() {
  const location = useLocation();
  const hasPopup = useStore(popup) !== null;
  const [isHelpOpen, setHelpOpen] = useState(false);
  useEffect(listenForKeys, []);
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
            <Route element={<SignedIn />}>
              <Route path="invitation" element={<AcceptInvitation />} />
              <Route path="projects" element={<Dashboard />} />
              <Route path="projects/:projectId" element={<ProjectPage />}>
                <Route index element={<Gallery />} />
                <Route path="results" element={<Results />} />
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
