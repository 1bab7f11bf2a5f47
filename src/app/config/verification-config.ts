import { z } from 'zod'

/** The skew meter, app/replay/skew-meter.ts. */
export const verificationConfig = z.strictObject({
  sampleShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.01)
    .describe('Share of users whose published states are replayed beside the tracker and compared; 0: none'),
  maxUsers: z
    .number()
    .int()
    .positive()
    .max(1_000_000)
    .default(1000)
    .describe('Users of that sample at most, a partition'),
  everySeconds: z.number().positive().default(60).describe('How often they are compared'),
})
