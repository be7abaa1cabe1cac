/// <reference types="vitest/config" />
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin, type Rolldown } from "vite";
import { VitePWA } from "vite-plugin-pwa";

/** Writes `.br` and `.gz` beside every text asset, so that the service compresses nothing while it answers. */
function precompressed(): Plugin {
  const brotli = promisify(brotliCompress);
  const zip = promisify(gzip);
  return {
    name: "precompressed",
    apply: "build",
    // the files as they were written: other plugins still change the bundle after it was generated
    writeBundle: {
      order: "post",
      sequential: true,
      async handler({ dir = "" }, bundle) {
        const names = Object.keys(bundle).filter((each) => /\.(js|css|svg)$/.test(each));
        await Promise.all(
          names.map(async (name) => {
            const file = join(dir, name);
            const text = await readFile(file);
            if (text.length < 1024) return;
            const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
            await writeFile(`${file}.br`, await brotli(text, { params }));
            await writeFile(`${file}.gz`, await zip(text, { level: 9 }));
          }),
        );
      },
    },
  };
}

/** Names the frame's files in the page itself, so that they are fetched beside the first script, not after it. */
function preloaded(): Plugin {
  return {
    name: "preloaded",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler: (_html, { bundle = {} }) =>
        Object.keys(bundle)
          .filter((name) => /assets\/base-[^/]+\.js$/.test(name))
          .map((name) => ({
            tag: "link",
            attrs: { rel: "modulepreload", href: `/${name}`, crossorigin: true },
            injectTo: "head" as const,
          })),
    },
  };
}

type Graph = Pick<Rolldown.ChunkingContext, "getModuleInfo">;

/** The modules that files of `src` import, directly or by others; not what they fetch later. */
function reached(files: readonly string[], graph: Graph): Set<string> {
  const seen = new Set<string>();
  const next = files.map((file) => join(import.meta.dirname, "src", file));
  for (let id = next.pop(); id !== undefined; id = next.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    next.push(...(graph.getModuleInfo(id)?.importedIds ?? []));
  }
  return seen;
}

/** The same answer for every module of one build. */
function once<T>(make: (graph: Graph) => T): (graph: Graph) => T {
  let made: T | undefined;
  return (graph) => {
    made ??= make(graph);
    return made;
  };
}

/** Where people arrive: files that are opened together. */
const ARRIVALS = [
  ["accounts/SignIn.tsx"],
  ["projects/Dashboard.tsx"],
  ["projects/ProjectPage.tsx", "images/Gallery.tsx"],
];

// without main.ts itself: it waits for the others, which would wait for its file
const boot = once((graph) => reached(["pages.ts", "i18n/index.ts"], graph));
const base = once((graph) => reached(["start.tsx"], graph));
const first = once((graph) => {
  const [signIn = new Set(), dashboard = new Set(), project = new Set()] = ARRIVALS.map((files) =>
    reached(files, graph),
  );
  return dashboard.intersection(signIn.union(project));
});

const service = process.env.SPHEROSEG_SERVICE ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [
    react(),
    VitePWA({
      registerType: "prompt",
      injectRegister: false, // src/shell/offline.ts registers it: the policy of the page forbids inline scripts
      filename: "sw.js",
      manifest: {
        name: "SpheroSeg",
        short_name: "SpheroSeg",
        description: "Outlines and measures spheroids and cells in microscope images.",
        start_url: "/",
        display: "standalone",
        background_color: "#ffffff",
        theme_color: "#0b6e75",
        icons: [
          { src: "/icon.svg", sizes: "any", type: "image/svg+xml", purpose: "any" },
          { src: "/icon-192.png", sizes: "192x192", type: "image/png" },
          { src: "/icon-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
        ],
      },
      workbox: {
        globPatterns: ["**/*.{js,css,html,svg}"],
        navigateFallback: "/index.html",
        navigateFallbackDenylist: [/^\/api\//, /^\/health/, /^\/metrics/],
        runtimeCaching: [
          {
            urlPattern: /\/api\/v1\/.*\/thumbnail/,
            handler: "StaleWhileRevalidate",
            options: {
              cacheName: "thumbnails",
              expiration: { maxEntries: 3000, maxAgeSeconds: 14 * 86_400 },
            },
          },
        ],
      },
    }),
    preloaded(),
    precompressed(),
  ],
  build: {
    outDir: "../src/spheroseg/server/web",
    emptyOutDir: true,
    target: "es2023",
    chunkSizeWarningLimit: 900,
    reportCompressedSize: false,
    manifest: ".vite/manifest.json",
    rolldownOptions: {
      checks: { bundlerTimings: false }, // where a build's time went is no news to who starts SpheroSeg
      output: {
        // forty small files compress worse and wait for each other: what is needed together comes together
        codeSplitting: {
          groups: [
            // what says which page, in which language: small, so that it runs while the others are on their way
            { debugName: "boot", priority: 3, name: (id, graph) => (boot(graph).has(id) ? "boot" : null) },
            // the frame of every page
            { debugName: "base", priority: 2, name: (id, graph) => (base(graph).has(id) ? "base" : null) },
            // what the list of projects shares with the page before it and the page after it
            { debugName: "first", priority: 1, name: (id, graph) => (first(graph).has(id) ? "first" : null) },
          ],
        },
      },
    },
  },
  server: {
    port: 5173,
    fs: { allow: [".."] }, // the help is the documentation of the repository
    proxy: { "/api": { target: service, ws: true } },
  },
  test: {
    include: ["tests/**/*.test.{ts,tsx}"],
    environment: "node",
    setupFiles: ["tests/setup.ts"],
    testTimeout: 60_000,
  },
});
