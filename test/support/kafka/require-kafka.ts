import { describe, inject } from 'vitest'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Why no broker can be started here; null when it can. Asked once for all files, by broker-tests-setup.ts. */
    whyNoKafka: string | null
  }
}

/** `describe` for tests that need a real broker, in files named `*.broker.test.ts`. */
export const describeWithKafka = inject('whyNoKafka') === null ? describe : describe.skip
