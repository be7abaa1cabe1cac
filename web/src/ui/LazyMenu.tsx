import Menu from "@mui/material/Menu";
import MenuItem from "@mui/material/MenuItem";

export interface MenuEntry {
  label: string;
  run: () => void;
  /** Takes something away: it is red. */
  isDestructive?: boolean;
}

interface Props {
  anchor: HTMLElement;
  entries: readonly MenuEntry[];
  onClose: () => void;
}

/** A menu that is fetched when it is opened the first time. */
export default function LazyMenu({ anchor, entries, onClose }: Props) {
  return (
    <Menu open anchorEl={anchor} onClose={onClose}>
      {entries.map(({ label, run, isDestructive }) => (
        <MenuItem
          key={label}
          sx={isDestructive ? { color: "error.main" } : undefined}
          onClick={() => {
            onClose();
            run();
          }}
        >
          {label}
        </MenuItem>
      ))}
    </Menu>
  );
}
