import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import type { TestProject } from 'vitest/node'
import { CHROMIUM } from './chromium-path.ts'

/**
 * Runs once before all browser tests: builds the dashboard, so that they see the source as it is, or says once why
 * they are skipped. With STAN_REQUIRE_CHROMIUM=1 nothing is skipped: what is missing fails the run.
 */
export default async function setUp(project: TestProject): Promise<void> {
  const reason = existsSync(CHROMIUM) ? null : `there is no ${CHROMIUM}; apt-get install chromium`
  if (reason !== null) {
    if (process.env.STAN_REQUIRE_CHROMIUM === '1') {
      throw new Error(`Cannot run the tests that need Chromium: ${reason}`)
    }
    console.warn(`The tests that need Chromium are skipped: ${reason}`)
  } else {
    await buildDashboard()
  }
  project.provide('whyNoChromium', reason)
}

/** As `npm run build` does it: Vite goes by NODE_ENV, which here is that of tests. */
async function buildDashboard(): Promise<void> {
  const { NODE_ENV } = process.env
  process.env.NODE_ENV = 'production'
  try {
    await build({ configFile: fileURLToPath(new URL('../../../vite.config.ts', import.meta.url)), logLevel: 'error' })
  } finally {
    process.env.NODE_ENV = NODE_ENV
  }
}
