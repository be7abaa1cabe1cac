/** Of groups in a chart: told apart by people who see no red or no green as well (after Okabe and Ito), seen on white and on the dark page. */
export const GROUP_COLOURS = [
  "#0e8aa0",
  "#d9730d",
  "#7950f2",
  "#2b8a3e",
  "#d6336c",
  "#5c7c0d",
  "#1971c2",
  "#868e96",
];
