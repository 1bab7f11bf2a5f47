import { z } from 'zod'

/** When a process is too large to take work. */
export const memoryConfig = z.strictObject({
  maxMiB: z.number().min(0).default(0).describe('Resident memory above which /readyz says no; 0: no bound'),
  resumeShare: z.number().gt(0).max(1).default(0.9).describe('Share of it below which /readyz says yes again'),
})
