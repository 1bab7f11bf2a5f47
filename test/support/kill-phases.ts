/**
 * What an ingesting process does, told by what it is about to do: append rows to the log, note them in the index of
 * known rows, fold a slice, commit it to the log, write it to the state store, train a batch, commit a checkpoint.
 */
export const PHASES = ['append', 'index', 'fold', 'commit', 'store', 'train', 'checkpoint'] as const
export type Phase = (typeof PHASES)[number]
