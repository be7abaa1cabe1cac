import Box from "@mui/material/Box";
import Chip from "@mui/material/Chip";
import MenuItem from "@mui/material/MenuItem";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import { type ReactNode, useState } from "react";
import { useText } from "../i18n/useText";
import { CloseIcon, SelectAllIcon } from "../ui/icons";
import { BarButton } from "./BarButton";
import { ALL_IMAGES, type ImageFilter, isNarrowed } from "./filter";
import { MoreFilters } from "./MoreFilters";

const STATES = ["", "none", "queued", "running", "done", "failed", "cancelled", "unreadable"] as const;
const MORE = ["well", "edited", "flag", "review", "plate", "channel", "from", "to"] as const;
const SORTS = ["name", "created", "size", "objects", "well"] as const;

interface Props {
  filter: ImageFilter;
  onFilter: (filter: ImageFilter) => void;
  nSelected: number;
  canSelect: boolean;
  /** All images are being listed, to be selected. */
  isReading: boolean;
  onSelectAll: () => void;
  onSelectNone: () => void;
  actions: ReactNode;
}

/** Search, filters, order and what can be done with the chosen images. */
export function GalleryBar({
  filter,
  onFilter,
  nSelected,
  canSelect,
  isReading,
  onSelectAll,
  onSelectNone,
  actions,
}: Props) {
  const t = useText();
  const change = (part: Partial<ImageFilter>) => onFilter({ ...filter, ...part });
  const nMore = MORE.filter((name) => filter[name] !== ALL_IMAGES[name]).length;
  const [isOpen, setOpen] = useState(nMore > 0);
  return (
    <>
      <Stack direction="row" useFlexGap sx={{ gap: 1, mb: 1.5, flexWrap: "wrap", alignItems: "center" }}>
        <TextField
          type="search"
          label={t("images.search")}
          value={filter.search}
          onChange={(event) => change({ search: event.target.value })}
          sx={{ flex: { xs: "0 1 200px", md: "1 1 110px", xl: "0 0 200px" }, maxWidth: 200 }}
        />
        <TextField
          select
          label={t("images.status")}
          value={filter.segmentation}
          onChange={(event) => change({ segmentation: event.target.value as ImageFilter["segmentation"] })}
          sx={{ width: { xs: 150, md: 110, lg: 120, xl: 150 } }}
        >
          {STATES.map((state) => (
            <MenuItem key={state} value={state}>
              {t(state === "" ? "images.anyStatus" : `images.state_${state}`)}
            </MenuItem>
          ))}
        </TextField>
        <TextField
          select
          label={t("projects.sort")}
          value={`${filter.sort}${filter.descending ? "-" : "+"}`}
          onChange={(event) =>
            change({
              sort: event.target.value.slice(0, -1) as ImageFilter["sort"],
              descending: event.target.value.endsWith("-"),
            })
          }
          sx={{ width: { xs: 170, md: 125, lg: 130, xl: 170 } }}
        >
          {SORTS.flatMap((sort) =>
            (["+", "-"] as const).map((direction) => (
              <MenuItem key={sort + direction} value={sort + direction}>
                {t(`images.sort_${sort}`)} {direction === "+" ? "↑" : "↓"}
              </MenuItem>
            )),
          )}
        </TextField>
        <Chip
          label={t("projects.trash")}
          variant={filter.trash ? "filled" : "outlined"}
          color={filter.trash ? "primary" : "default"}
          aria-pressed={filter.trash}
          sx={{ display: { md: nSelected > 0 && !filter.trash ? "none" : "flex", lg: "flex" } }}
          onClick={() => change({ trash: !filter.trash })}
        />
        <Chip
          label={nMore > 0 ? `${t("images.filters")} (${nMore})` : t("images.filters")}
          variant={isOpen ? "filled" : "outlined"}
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        />
        {isNarrowed(filter) && (
          <Box sx={{ display: { md: nSelected > 0 ? "none" : "contents", lg: "contents" } }}>
            <BarButton
              size="small"
              wordsFrom="xl"
              startIcon={<CloseIcon />}
              onClick={() => onFilter({ ...ALL_IMAGES, sort: filter.sort, descending: filter.descending })}
            >
              {t("images.clearFilters")}
            </BarButton>
          </Box>
        )}
        {canSelect &&
          (nSelected > 0 ? (
            <Chip
              color="primary"
              label={t("images.nSelected", { count: nSelected })}
              onDelete={onSelectNone}
            />
          ) : (
            <BarButton
              size="small"
              startIcon={<SelectAllIcon />}
              wordsFrom="xl"
              onClick={onSelectAll}
              loading={isReading}
              loadingPosition="start"
            >
              {t("images.selectAll")}
            </BarButton>
          ))}
        <Stack direction="row" useFlexGap sx={{ gap: 1, ml: "auto", flexWrap: "wrap" }}>
          {actions}
        </Stack>
      </Stack>
      {isOpen && <MoreFilters filter={filter} onChange={change} />}
    </>
  );
}
