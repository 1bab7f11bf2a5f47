import { z } from 'zod'

/** Traces and log lines. */
export const telemetryConfig = z.strictObject({
  otlpEndpoint: z
    .string()
    .refine((url) => url === '' || URL.canParse(url), 'expected an address such as http://localhost:4318')
    .default('')
    .describe('Where traces go by OTLP over HTTP, for example http://localhost:4318; empty: no traces'),
  serviceName: z.string().min(1).max(100).default('stan-lifecycle').describe('Name of the process in its traces'),
  sampleShare: z.number().min(0).max(1).default(0.01).describe('Share of traces that begin here and are kept'),
  carryTraceparent: z.boolean().default(false).describe('Whether outputs get the traceparent header of their input'),
  logRepeats: z.number().int().min(1).max(10_000).default(20).describe('Equal log lines of a window that are written'),
  logWindowSeconds: z.number().positive().max(3600).default(60).describe('Window after which the others are counted'),
})

export type TelemetryConfig = z.infer<typeof telemetryConfig>
