/**
 * What an ingesting process does, told by what it is about to do: append rows to the log, note them in the index of
 * known rows, fold a slice, commit it to the log, write it to the state store, train a batch, commit a checkpoint.
 */
export const PHASES = ['append', 'index', 'fold', 'commit', 'store', 'train', 'checkpoint'] as const
export type Phase = (typeof PHASES)[number]

/**
 * The same of a process that erases users and lets old records go: before a store's folder is renamed, tombstones are
 * noted as seen, a tracker forgets, the views are rewritten, a topic loses records, the log is rewritten, the erasure is
 * noted as finished.
 */
export const ERASURE_PHASES = [
  'fold',
  'commit',
  'store',
  'checkpoint',
  'begin',
  'forget',
  'views',
  'rename',
  'remove',
  'expire',
  'purge',
  'finish',
] as const
export type ErasurePhase = (typeof ERASURE_PHASES)[number]
