/**
 * The floors of `src`, from the ground up: a room may use those before it, never one after it.
 * `npm run floors` checks them; `../docs/explanation/web.md` says what lies where.
 */
const FLOORS = [
  "store",
  "i18n",
  "geometry",
  "api",
  "ui",
  "events",
  "shell",
  "help",
  "viewer",
  "accounts",
  "sharing",
  "runs",
  "images",
  "editor",
  "review",
  "analysis",
  "exports",
  "projects",
  "admin",
];

const rooms = (names) => `^src/(${names.join("|")})/`;

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-circle",
      comment: "Files that need each other are one file, or a third one is missing.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "known-room",
      comment: "Each folder of src is one of the floors.",
      severity: "error",
      from: {},
      to: { path: "^src/[^/]+/", pathNot: rooms(FLOORS) },
    },
    ...FLOORS.slice(0, -1).map((room, at) => ({
      name: `${room}-looks-down`,
      comment: `${room} uses only what lies below it.`,
      severity: "error",
      from: { path: `^src/${room}/` },
      to: { path: `${rooms(FLOORS.slice(at + 1))}|^src/[^/]+$` },
    })),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".tsx", ".d.ts", ".json"] },
  },
};
