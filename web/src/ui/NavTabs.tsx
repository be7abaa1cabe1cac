import Box from "@mui/material/Box";
import { useEffect, useRef } from "react";
import { NavLink, useLocation } from "react-router";

interface Props {
  label: string;
  items: readonly { to: string; title: string }[];
}

/** Links between the pages of one thing, drawn as tabs: each is a page with an address of its own. */
export function NavTabs({ label, items }: Props) {
  const { pathname } = useLocation();
  const row = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: where the page is now decides which tab is the active one
  useEffect(() => {
    const now = row.current?.querySelector<HTMLElement>("[aria-current=page]");
    // on a phone the row is wider than the window; the page itself stays where it is
    if (row.current && now)
      row.current.scrollLeft = now.offsetLeft + (now.offsetWidth - row.current.clientWidth) / 2;
  }, [pathname]);
  return (
    <Box
      component="nav"
      ref={row}
      aria-label={label}
      sx={{ position: "relative", display: "flex", gap: 0.5, overflowX: "auto", mt: 0.5 }}
    >
      {items.map(({ to, title }) => (
        <Box
          key={to}
          component={NavLink}
          to={to}
          end
          sx={{
            px: 1.5,
            py: 1.25,
            whiteSpace: "nowrap",
            fontWeight: 600,
            fontSize: 14,
            color: "text.secondary",
            textDecoration: "none",
            borderBottom: "3px solid transparent",
            "&:hover": { color: "text.primary" },
            "&.active": { color: "primary.main", borderColor: "primary.main" },
            "&:focus-visible": { outlineOffset: -3 },
          }}
        >
          {title}
        </Box>
      ))}
    </Box>
  );
}
