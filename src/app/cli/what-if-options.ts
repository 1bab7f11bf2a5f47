import type { ConfigOptions } from './config-options.ts'

/** Options of `what-if` as Commander gives them; times are unix ms. */
export interface WhatIfCommandOptions extends Omit<ConfigOptions, 'mode'> {
  readonly data?: string
  readonly rules?: string
  readonly posterior?: string
  readonly mode?: string
  readonly from?: number
  readonly to?: number
  readonly sample: number
  readonly ranker: boolean
  readonly json?: string
  readonly html?: string
}
