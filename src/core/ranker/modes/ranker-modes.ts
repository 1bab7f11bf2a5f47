import { pleMode } from './ple-mode.ts'
import type { RankerMode } from './ranker-mode.ts'
import { stanMode } from './stan-mode.ts'

export const MODE_NAMES = ['ple', 'stan'] as const
export type ModeName = (typeof MODE_NAMES)[number]

export const RANKER_MODES: Readonly<Record<ModeName, RankerMode>> = {
  ple: pleMode,
  stan: stanMode,
}
