import { describe, inject } from 'vitest'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Why no browser can be started here; null when it can. Asked once for all files, by browser-tests-setup.ts. */
    whyNoChromium: string | null
  }
}

/** `describe` for tests that need a real browser, in files named `*.browser.test.ts`. */
export const describeWithChromium = inject('whyNoChromium') === null ? describe : describe.skip
