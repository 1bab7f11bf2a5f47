import { z } from 'zod'

/** The stage policy, core/policy/policy-settings.ts. */
export const policyConfig = z.strictObject({
  floor: z.number().min(0).max(1).default(0.1).describe('Share of the candidates for the channel exploration at least'),
  halfLifeDays: z
    .number()
    .min(0.01)
    .max(36_500)
    .default(14)
    .describe('Evidence of a channel is worth half after so long'),
  priorSuccesses: z
    .number()
    .min(0.1)
    .max(1_000_000)
    .default(10)
    .describe('Successes that the rate of all channels of a stage is worth as prior of each'),
  ownSuccesses: z
    .number()
    .min(0.1)
    .max(1_000_000)
    .default(20)
    .describe('Successes that the evidence of a stage is worth, at most, as prior of one user'),
  maxUsers: z.number().int().min(1).max(10_000_000).default(100_000).describe('Users whose own evidence is kept'),
})
