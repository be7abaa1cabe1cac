import Box from "@mui/material/Box";
import Tab from "@mui/material/Tab";
import Tabs from "@mui/material/Tabs";
import { Navigate, useSearchParams } from "react-router";
import { useMe } from "../api/session";
import { useText } from "../i18n/useText";
import { Page } from "../ui/Page";
import { PageSkeleton } from "../ui/PageSkeleton";
import { AuditLog } from "./AuditLog";
import { Models } from "./Models";
import { System } from "./System";
import { Users } from "./Users";

const TABS = ["users", "system", "models", "log"] as const;

export default function Admin() {
  const t = useText();
  const me = useMe();
  const [address, setAddress] = useSearchParams();
  const tab = TABS.find((each) => each === address.get("tab")) ?? "users";
  if (!me.data) return <PageSkeleton />;
  if (me.data.role !== "admin") return <Navigate to="/projects" replace />;
  return (
    <Page title={t("admin.title")}>
      <Tabs
        value={tab}
        onChange={(_event, next: typeof tab) => setAddress({ tab: next }, { replace: true })}
        aria-label={t("admin.title")}
        variant="scrollable"
        scrollButtons={false}
        sx={{ mb: 2 }}
      >
        {TABS.map((each) => (
          <Tab
            key={each}
            value={each}
            label={t(`admin.${each}`)}
            id={`tab-${each}`}
            aria-controls={`panel-${each}`}
          />
        ))}
      </Tabs>
      <Box role="tabpanel" id={`panel-${tab}`} aria-labelledby={`tab-${tab}`}>
        {tab === "users" && <Users />}
        {tab === "system" && <System />}
        {tab === "models" && <Models />}
        {tab === "log" && <AuditLog />}
      </Box>
    </Page>
  );
}
