import { configDefaults, defineConfig } from 'vitest/config'

const BROKER_TESTS = 'test/**/*.broker.test.ts'
const BROWSER_TESTS = 'test/**/*.browser.test.ts'

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is waited for comes at once on an idle machine.
    expect: { poll: { timeout: 20_000 } },
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'plain',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, BROKER_TESTS, BROWSER_TESTS],
        },
      },
      {
        extends: true,
        test: {
          name: 'broker',
          include: [BROKER_TESTS],
          globalSetup: ['test/support/kafka/broker-tests-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // One cluster at a time, and after the other tests: several would be too slow for each other's time-outs.
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: [BROWSER_TESTS],
          globalSetup: ['test/support/browser/browser-tests-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // One browser at a time, and after the other tests.
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
