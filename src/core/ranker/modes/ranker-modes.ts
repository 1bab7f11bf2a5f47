import { aitmMode } from './aitm-mode.ts'
import { mmoeMode } from './mmoe-mode.ts'
import type { ModeName } from './mode-names.ts'
import { pleMode } from './ple-mode.ts'
import { pleStageMode } from './ple-stage-mode.ts'
import type { RankerMode } from './ranker-mode.ts'
import { sharedBottomMode } from './shared-bottom-mode.ts'
import { singleMode } from './single-mode.ts'
import { stanCalibratedMode } from './stan-calibrated-mode.ts'
import { stanGatedMode } from './stan-gated-mode.ts'
import { stanMode } from './stan-mode.ts'
import { stanNoBetaMode } from './stan-no-beta-mode.ts'

/** The table of method section 7, in its order. */
export const RANKER_MODES: Readonly<Record<ModeName, RankerMode>> = {
  single: singleMode,
  'shared-bottom': sharedBottomMode,
  mmoe: mmoeMode,
  ple: pleMode,
  aitm: aitmMode,
  'ple-stage': pleStageMode,
  'stan-no-beta': stanNoBetaMode,
  stan: stanMode,
  'stan-calibrated': stanCalibratedMode,
  'stan-gated': stanGatedMode,
}
