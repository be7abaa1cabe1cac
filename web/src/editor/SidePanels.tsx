import Box from "@mui/material/Box";
import Tab from "@mui/material/Tab";
import Tabs from "@mui/material/Tabs";
import { type ReactNode, useState } from "react";
import { useText } from "../i18n/useText";

const SIDE_PANELS = ["objects", "display", "versions", "info"] as const;
type SidePanel = (typeof SIDE_PANELS)[number];

/** What is known and what can be set, beside the picture; below it on a phone. */
export function SidePanels({ panels }: { panels: Record<SidePanel, () => ReactNode> }) {
  const t = useText();
  const [panel, setPanel] = useState<SidePanel>("objects");
  return (
    <Box
      component="aside"
      aria-label={t("image.panels")}
      sx={{
        width: { xs: "100%", md: 370, lg: 400 },
        flexShrink: 0,
        borderLeft: { md: 1 },
        borderColor: { md: "divider" },
        bgcolor: "background.paper",
        display: "flex",
        flexDirection: "column",
        minHeight: 0,
      }}
    >
      <Tabs
        value={panel}
        onChange={(_event, next: SidePanel) => setPanel(next)}
        variant="fullWidth"
        aria-label={t("image.panels")}
      >
        {SIDE_PANELS.map((each) => (
          <Tab
            key={each}
            value={each}
            label={t(`image.panel_${each}`)}
            id={`tab-${each}`}
            aria-controls={`panel-${each}`}
            sx={{ minWidth: 0, px: { xs: 0.5, sm: 1.5 } }}
          />
        ))}
      </Tabs>
      <Box
        role="tabpanel"
        id={`panel-${panel}`}
        aria-labelledby={`tab-${panel}`}
        sx={{ flex: 1, minHeight: 0, overflow: "hidden auto", display: "flex", flexDirection: "column" }}
      >
        {panels[panel]()}
      </Box>
    </Box>
  );
}
