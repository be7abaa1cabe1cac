import Box from "@mui/material/Box";

const OUTLINES = [
  "M118 66c34-6 70 14 78 50s-12 72-48 80-74-12-82-46 16-78 52-84Z",
  "M262 120c26-8 54 8 60 34s-10 50-36 56-50-10-56-34 8-48 32-56Z",
  "M196 232c20-6 42 4 48 24s-6 40-26 46-42-6-46-26 6-38 24-44Z",
];
const CELLS = [
  [132, 112, 30],
  [150, 146, 24],
  [112, 146, 20],
  [276, 156, 22],
  [296, 172, 16],
  [210, 262, 17],
  [222, 276, 11],
] as const;

/** Three spheroids with their outlines: what the product does, in one picture. */
export function HeroPicture() {
  return (
    <Box
      component="svg"
      viewBox="0 0 400 340"
      aria-hidden
      sx={{ width: "100%", borderRadius: 3, bgcolor: "#c9d1d1", border: 1, borderColor: "divider" }}
    >
      {OUTLINES.map((d) => (
        <path key={d} d={d} fill="#5f6c6c" fillOpacity="0.55" stroke="#0b6e75" strokeWidth="4" />
      ))}
      {CELLS.map(([x, y, r]) => (
        <circle key={`${x}-${y}`} cx={x} cy={y} r={r} fill="#303a3a" fillOpacity="0.45" />
      ))}
      <path d="M300 308h70M300 302v12M370 302v12" stroke="#152022" strokeWidth="3" fill="none" />
    </Box>
  );
}
