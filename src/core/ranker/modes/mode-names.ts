/** The models behind the one interface; the table RANKER_MODES has an entry for each. */
export const MODE_NAMES = ['ple', 'stan'] as const
export type ModeName = (typeof MODE_NAMES)[number]
