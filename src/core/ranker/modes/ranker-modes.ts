import type { ModeName } from './mode-names.ts'
import { pleMode } from './ple-mode.ts'
import type { RankerMode } from './ranker-mode.ts'
import { stanMode } from './stan-mode.ts'

export const RANKER_MODES: Readonly<Record<ModeName, RankerMode>> = {
  ple: pleMode,
  stan: stanMode,
}
