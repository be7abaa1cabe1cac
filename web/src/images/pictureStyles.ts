/** The look of small pictures with their outlines, for whatever holds them. */
export const pictureStyles = {
  "& .picture": {
    position: "relative",
    display: "grid",
    placeItems: "center",
    overflow: "hidden",
    bgcolor: "action.hover",
  },
  "& .picture > img, & .picture > svg": {
    position: "absolute",
    inset: 0,
    width: "100%",
    height: "100%",
    objectFit: "contain",
  },
  "& .picture.filled > img": { objectFit: "cover" },
  "& .picture path": {
    fill: "none",
    stroke: "#19e0c8",
    strokeWidth: 1.6,
    strokeLinejoin: "round",
    vectorEffect: "non-scaling-stroke",
  },
} as const;
