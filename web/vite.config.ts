import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { VitePWA } from "vite-plugin-pwa";
import { defineConfig } from "vitest/config";

/** Writes `.br` and `.gz` beside every text asset, so that the service compresses nothing while it answers. */
function precompressed(): Plugin {
  return {
    name: "precompressed",
    apply: "build",
    // the files as they were written: other plugins still change the bundle after it was generated
    writeBundle: {
      order: "post",
      sequential: true,
      handler({ dir = "" }, bundle) {
        for (const name of Object.keys(bundle).filter((each) => /\.(js|css|svg)$/.test(each))) {
          const file = join(dir, name);
          const text = readFileSync(file);
          if (text.length < 1024) continue;
          writeFileSync(
            `${file}.br`,
            brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
          );
          writeFileSync(`${file}.gz`, gzipSync(text, { level: 9 }));
        }
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

const service = process.env.SPHEROSEG_SERVICE ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [
    react(),
    VitePWA({
      registerType: "prompt",
      injectRegister: false, // src/ui/offline.ts registers it: the policy of the page forbids inline scripts
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
      output: {
        // what every page needs, in one file: forty small ones compress worse and wait for each other;
        // and what most of the first pages need besides, in another
        codeSplitting: {
          groups: [
            {
              // what says which page, in which language: small, so that it runs while the others are on their way
              name: "boot",
              priority: 3,
              test: /web\/src\/(i18n\/(index|translator)|pages|api\/csrf|ui\/createStore)\.ts|preload-helper/,
            },
            {
              name: "base",
              priority: 2,
              test: /node_modules\/(react|react-dom|scheduler|react-router|@emotion|stylis|@tanstack\/(react-query|query-core)|openapi-fetch|@mui\/(system|styled-engine|private-theming|utils)|@mui\/material\/(styles|utils|Button|ButtonBase|IconButton|SvgIcon|Typography|Stack|Box|Paper|AppBar|Toolbar|Link|Skeleton|CssBaseline|CircularProgress))\/|web\/src\/(api\/(client|keys|query)|auth\/session|i18n\/useText|ui\/(icons|notifications|actions|PageSkeleton|ErrorBoundary|Shell|MenuButton|Live|theme)|events\/state|start|App)\.tsx?/,
            },
            {
              name: "first",
              priority: 1,
              test: /node_modules\/@mui\/material\/(Alert|Card|CardActionArea|internal|FormControl|FormHelperText|FormLabel|InputBase|InputLabel|InputAdornment|OutlinedInput|NotchedOutline)\/|web\/src\/(ui\/(Field|Page|EmptyState|ProblemAlert|format)|projects\/queries)\.tsx?/,
            },
          ],
        },
      },
    },
  },
  server: {
    port: 5173,
    proxy: { "/api": { target: service, ws: true } },
  },
  test: { include: ["tests/**/*.test.{ts,tsx}"], environment: "node" },
});
