import SvgIcon, { type SvgIconProps } from "@mui/material/SvgIcon";

interface StrokeProps extends SvgIconProps {
  d: string;
}

/** One stroke icon: `d` is drawn with a 2 px line in a 24 × 24 box. */
function Stroke({ d, ...props }: StrokeProps) {
  return (
    <SvgIcon fontSize="small" {...props}>
      <path
        d={d}
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </SvgIcon>
  );
}

const icon = (d: string) => (props: SvgIconProps) => <Stroke d={d} {...props} />;

export const AddIcon = icon("M12 5v14M5 12h14");
export const AlertIcon = icon("M12 4 3 19h18L12 4ZM12 10v4M12 17h.01");
export const BackIcon = icon("M15 5l-7 7 7 7");
export const BellIcon = icon("M6 16V11a6 6 0 0 1 12 0v5l2 2H4l2-2ZM10 21h4");
export const CheckIcon = icon("M5 13l4 4L19 7");
export const ChevronIcon = icon("M9 5l7 7-7 7");
export const CloseIcon = icon("M6 6l12 12M18 6L6 18");
export const CompareIcon = icon("M12 4v16M4 7h5v10H4zM15 7h5v10h-5z");
export const CopyIcon = icon("M9 9h11v11H9zM5 15H4V4h11v1");
export const DownloadIcon = icon("M12 4v11m-5-5 5 5 5-5M5 20h14");
export const EditIcon = icon("M4 20h4L19 9l-4-4L4 16v4ZM13 7l4 4");
export const EyeIcon = icon("M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12ZM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6");
export const EyeOffIcon = icon("M4 4l16 16M10 6c7-1 12 6 12 6l-3 4M6 8c-3 2-4 4-4 4s4 7 10 7c2 0 3 0 4-1");
export const FitIcon = icon("M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5");
export const FolderIcon = icon("M3 6h6l2 2h10v11H3V6Z");
export const HelpIcon = icon(
  "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM9.5 9.5a2.5 2.5 0 1 1 3.5 2.300c-.7.4-1 .8-1 1.700M12 17h.01",
);
export const ImageIcon = icon("M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01");
export const KeyboardIcon = icon("M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M18 10h.01M7 14h10");
export const LogoutIcon = icon("M10 4H5v16h5M15 8l4 4-4 4M19 12H9");
export const MoonIcon = icon("M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10Z");
export const MoreIcon = icon("M12 5h.01M12 12h.01M12 19h.01");
export const OutlinesIcon = icon(
  "M7 4c4-2 11 0 13 5s-2 11-8 11S2 15 4 9c.5-2 1.500-4 3-5ZM9 9h.01M14 13h.01",
);
export const PauseIcon = icon("M8 5v14M16 5v14");
export const PersonIcon = icon("M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4 21c0-4 4-6 8-6s8 2 8 6");
export const PlayIcon = icon("M7 5l12 7-12 7V5Z");
export const SearchIcon = icon("M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14ZM16 16l5 5");
export const SelectAllIcon = icon("M2 13l4 4L15 7M11 16l1 1L22 7");
export const SettingsIcon = icon("M4 7h10M18 7h2M4 17h2M10 17h10M14 5v4M8 15v4");
export const ShieldIcon = icon("M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6l8-3Z");
export const SunIcon = icon(
  "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1 1M18 18l1 1M5 19l1-1M18 6l1-1",
);
export const TableIcon = icon("M4 5h16v14H4zM4 10h16M4 15h16M10 5v14");
export const TrashIcon = icon("M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M11 11v5M13 11v5");
export const UploadIcon = icon("M12 16V5m-5 5 5-5 5 5M5 20h14");
export const ZoomInIcon = icon("M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14ZM16 16l5 5M11 8v6M8 11h6");
export const ZoomOutIcon = icon("M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14ZM16 16l5 5M8 11h6");

/** The product's sign: an outline around a core. */
export function BrandIcon(props: SvgIconProps) {
  return (
    <SvgIcon {...props}>
      <path
        d="M12 3c5 0 9 3.500 9.300 9S17.500 21 12 21s-9.500-4-9-9.500S7 3 12 3Z"
        fill="none"
        stroke="currentColor"
        strokeWidth="2.200"
      />
      <circle cx="12" cy="12" r="4" fill="currentColor" />
    </SvgIcon>
  );
}
