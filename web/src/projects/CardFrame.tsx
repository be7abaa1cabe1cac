import Box from "@mui/material/Box";
import Card from "@mui/material/Card";
import CardActionArea from "@mui/material/CardActionArea";
import IconButton from "@mui/material/IconButton";
import Stack from "@mui/material/Stack";
import Typography from "@mui/material/Typography";
import { type DragEvent, type ReactNode, Suspense, useState } from "react";
import { Link } from "react-router";
import { useText } from "../i18n/useText";
import { CLAMPED } from "../ui/clamped";
import { MoreIcon } from "../ui/icons";
import type { MenuEntry } from "../ui/LazyMenu";
import { later } from "../ui/later";

const LazyMenu = later(() => import("../ui/LazyMenu"));
/** What is dragged from one card to another. */
export const DRAGGED = "application/x-spheroseg-project";

interface FrameProps {
  to: string | null;
  name: string;
  icon?: ReactNode;
  cover?: ReactNode;
  entries: readonly MenuEntry[];
  children: ReactNode;
  onDrop?: (event: DragEvent) => void;
  onDragStart?: (event: DragEvent) => void;
}

/** A card of the dashboard: a cover, a name, actions. */
export function CardFrame({ to, name, icon, cover, entries, children, onDrop, onDragStart }: FrameProps) {
  const t = useText();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const inside = (
    <>
      {cover && (
        <Box
          sx={{ display: "flex", gap: "2px", height: 96, mx: -2, mt: -2, mb: 1.5, bgcolor: "action.hover" }}
        >
          {cover}
        </Box>
      )}
      <Stack direction="row" spacing={1} sx={{ alignItems: "center", pr: cover ? 0 : 4, mb: 0.5 }}>
        {icon}
        <Typography variant="h3" component="span" title={name} sx={{ ...CLAMPED, overflowWrap: "anywhere" }}>
          {name}
        </Typography>
      </Stack>
      {children}
    </>
  );
  return (
    <Card
      component="li"
      sx={{ position: "relative" }}
      draggable={onDragStart !== undefined}
      onDragStart={onDragStart}
      onDragOver={(event) => onDrop && event.dataTransfer.types.includes(DRAGGED) && event.preventDefault()}
      onDrop={onDrop}
    >
      {to ? (
        <CardActionArea component={Link} to={to} sx={{ p: 2, height: "100%", alignContent: "start" }}>
          {inside}
        </CardActionArea>
      ) : (
        <Box sx={{ p: 2 }}>{inside}</Box>
      )}
      <IconButton
        size="small"
        aria-label={t("projects.menuOf", { name })}
        title={t("projects.menuOf", { name })}
        aria-haspopup="menu"
        onClick={(event) => setAnchor(event.currentTarget)}
        sx={{
          position: "absolute",
          top: 8,
          right: 8,
          color: "text.primary",
          ...(cover ? { bgcolor: "background.paper", "&:hover": { bgcolor: "background.paper" } } : {}),
        }}
      >
        <MoreIcon />
      </IconButton>
      <Suspense>
        {anchor && <LazyMenu anchor={anchor} entries={entries} onClose={() => setAnchor(null)} />}
      </Suspense>
    </Card>
  );
}
