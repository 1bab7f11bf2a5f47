/** The models behind the one interface; the table RANKER_MODES has an entry for each. */
export const MODE_NAMES = [
  'single',
  'shared-bottom',
  'mmoe',
  'ple',
  'aitm',
  'ple-stage',
  'stan-no-beta',
  'stan',
  'stan-calibrated',
  'stan-gated',
] as const
export type ModeName = (typeof MODE_NAMES)[number]
