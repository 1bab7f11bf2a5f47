/**
 * A view that was cut off for longer is read anew: brokers drop the tombstones of erased users a day after compaction
 * (delete.retention.ms), and whoever comes later would keep such users for ever. Half a day, in ms.
 */
export const RESTART_AFTER_MS = 43_200_000
