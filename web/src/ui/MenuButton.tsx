import Button from "@mui/material/Button";
import { type ReactNode, Suspense, useState } from "react";

interface Props {
  label: string;
  title?: string;
  children: ReactNode;
  /** Draws the menu; it is fetched when it is opened the first time. */
  menu: (anchor: HTMLElement, onClose: () => void) => ReactNode;
  popup?: "menu" | "dialog";
  onOpen?: () => void;
}

/** A button of the bar that opens something. */
export function MenuButton({ label, children, menu, popup = "menu", onOpen }: Props) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <>
      <Button
        color="inherit"
        size="small"
        aria-label={label}
        title={label}
        aria-haspopup={popup}
        aria-expanded={anchor !== null}
        sx={{ minWidth: 40 }}
        onClick={(event) => {
          setAnchor(event.currentTarget);
          onOpen?.();
        }}
      >
        {children}
      </Button>
      <Suspense>{anchor && menu(anchor, () => setAnchor(null))}</Suspense>
    </>
  );
}
