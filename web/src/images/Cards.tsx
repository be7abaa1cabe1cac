import Box from "@mui/material/Box";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { ImageSummary } from "../api/images";
import { useText } from "../i18n/useText";
import { cardStyles, ImageCard } from "./ImageCard";
import type { PagedImages } from "./pagedImages";
import type { Selection } from "./selection";
import { holdOutlines } from "./thumbnailOutlines";

const CARD_WIDTH = 190;
const CARD_HEIGHT = 208;
const GAP = 12;
/** The list hears of the place on the screen when it has moved by this many images. */
const ASKED_EVERY = 40;

interface Props {
  images: PagedImages;
  total: number;
  selection: Selection;
  isTrash: boolean;
  onSelect: (image: ImageSummary, held: { shift: boolean; mod: boolean }) => void;
  /** What is in the well that an image is of. */
  conditionOf: (image: ImageSummary) => string;
  onPlace: (from: number, to: number) => void;
}

/** The cards that are on the screen, of any number of images; arrow keys go from one to the next. */
export function Cards({ images, total, selection, isTrash, onSelect, conditionOf, onPlace }: Props) {
  const t = useText();
  const scroller = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [current, setCurrent] = useState(0);
  const isKeyed = useRef(false);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const watch = new ResizeObserver(() => setWidth(element.clientWidth));
    watch.observe(element);
    setWidth(element.clientWidth);
    return () => watch.disconnect();
  }, []);
  const columns = Math.max(1, Math.floor((width + GAP) / (CARD_WIDTH + GAP)));
  const nRows = Math.ceil(images.count / columns) + (images.isMore ? 2 : 0);
  const rows = useVirtualizer({
    count: nRows,
    getScrollElement: () => scroller.current,
    estimateSize: () => CARD_HEIGHT + GAP,
    overscan: 4,
  });
  const shown = rows.getVirtualItems();
  const from = Math.floor(((shown[0]?.index ?? 0) * columns) / ASKED_EVERY) * ASKED_EVERY;
  const to = Math.ceil((((shown.at(-1)?.index ?? 0) + 1) * columns) / ASKED_EVERY) * ASKED_EVERY;
  useEffect(() => onPlace(from, to), [from, to, onPlace]);

  useEffect(() => holdOutlines(rows.isScrolling), [rows.isScrolling]);
  useEffect(() => () => holdOutlines(false), []);

  // the card that a key leads to may not be drawn yet: it takes the focus when it is
  useEffect(() => {
    if (!isKeyed.current) return;
    const target = scroller.current?.querySelector<HTMLElement>(`[data-index="${current}"] .to`);
    if (!target) return;
    isKeyed.current = false;
    target.focus({ preventScroll: true });
  });

  function press(event: KeyboardEvent) {
    if (event.altKey || !(event.target as HTMLElement).closest(".card")) return;
    const isMod = event.ctrlKey || event.metaKey;
    if (event.key === " ") {
      const image = images.at(current);
      if (image) onSelect(image, { shift: event.shiftKey, mod: !event.shiftKey });
      event.preventDefault();
      return;
    }
    const page =
      Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / (CARD_HEIGHT + GAP))) * columns;
    const step = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: columns,
      ArrowUp: -columns,
      PageDown: page,
      PageUp: -page,
      Home: -Infinity,
      End: Infinity,
    }[event.key];
    if (step === undefined || isMod) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(images.count - 1, current + step));
    isKeyed.current = true;
    setCurrent(next);
    rows.scrollToIndex(Math.floor(next / columns));
    const image = images.at(next);
    if (event.shiftKey && image) {
      const start = images.at(current);
      if (selection.anchor === null && start) onSelect(start, { shift: false, mod: true });
      onSelect(image, { shift: true, mod: false });
    }
  }

  return (
    <Box
      ref={scroller}
      role="list"
      aria-label={t("images.listOf", { count: total })}
      onKeyDown={press}
      onFocus={(event) => {
        const index = event.target.closest<HTMLElement>("[data-index]")?.dataset.index;
        if (index !== undefined && !isKeyed.current) setCurrent(Number(index));
      }}
      sx={{
        flex: "none",
        overflowY: "auto",
        p: 0.5,
        mx: -0.5,
        minHeight: 320,
        height: { xs: "75dvh", md: "calc(100dvh - 290px)" },
        ...cardStyles,
      }}
    >
      <div style={{ height: rows.getTotalSize(), position: "relative" }}>
        {shown.map((row) => (
          <div
            key={row.key}
            className="row"
            style={{
              transform: `translateY(${row.start}px)`,
              gap: GAP,
              gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
            }}
          >
            {Array.from({ length: columns }, (_, column) => {
              const index = row.index * columns + column;
              const image = images.at(index);
              if (!image) return <Waiting key={index} isThere={index < images.count || images.isMore} />;
              return (
                <div role="listitem" key={image.id} data-index={index}>
                  <ImageCard
                    image={image}
                    isSelected={selection.ids.has(image.id)}
                    isCurrent={index === current}
                    isTrash={isTrash}
                    height={CARD_HEIGHT}
                    condition={conditionOf(image)}
                    onSelect={onSelect}
                  />
                </div>
              );
            })}
          </div>
        ))}
      </div>
    </Box>
  );
}

/** The place of an image that is on its way. */
function Waiting({ isThere }: { isThere: boolean }) {
  return isThere ? <div aria-hidden className="waiting" style={{ height: CARD_HEIGHT }} /> : null;
}
