/**
 * Journeys through the dashboard of a server that is started for them: the binary named by REEVE_BIN, a fresh
 * database, the demo's worker and deployment. `cargo xtask test` builds the binary and sets the variables;
 * after a `cargo xtask build` plain `npx playwright test` does as well.
 */
import { defineConfig, devices } from "@playwright/test";
import { resolve } from "node:path";

const port = Number(process.env.REEVE_TEST_PORT ?? 4277);
const binary = process.env.REEVE_BIN ?? resolve(import.meta.dirname, "../target/debug/reeve");
const site = process.env.REEVE_SITE_DIR ?? resolve(import.meta.dirname, "../target/site/debug");

export default defineConfig({
  testDir: "journeys",
  workers: 2,
  timeout: 120_000,
  expect: { timeout: 10_000 },
  forbidOnly: !!process.env.CI,
  reporter: [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    baseURL: `http://127.0.0.1:${port}`,
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
    },
  },
  projects: [
    { name: "chromium" },
    // Reading works without JavaScript: journeys tagged @reading run a second time.
    { name: "no-javascript", grep: /@reading/, use: { javaScriptEnabled: false } },
  ],
  webServer: {
    command: `./server.sh ${port}`,
    env: { REEVE_BIN: binary, REEVE_SITE_DIR: site },
    url: `http://127.0.0.1:${port}/api/health`,
    gracefulShutdown: { signal: "SIGTERM", timeout: 10_000 },
    stdout: "ignore",
    stderr: "pipe",
  },
});
