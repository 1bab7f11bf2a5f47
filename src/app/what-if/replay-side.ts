import type { Log } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import type { StateStore } from '../../io/store/state-store.ts'
import type { HistoryReader } from '../replay/history-reader.ts'
import { PartitionReplay } from '../replay/partition-replay.ts'
import type { RankerTrial } from './ranker-trial.ts'
import { applyChange, type SettingsChange } from './settings-change.ts'
import type { Side } from './side.ts'

/** Of one partition in one world. */
export interface SideReplayOptions {
  readonly log: Log
  readonly codecs: RecordCodecs
  /** Empty; holds the partition's users meanwhile. */
  readonly store: StateStore
  /** Brought up to the end of the changelog. */
  readonly history: HistoryReader
  /** What is different here; null in the world as it was. */
  readonly change: SettingsChange | null
  /** Stream times, unix ms: the change begins at `fromMs`, what comes after `toMs` is not replayed. */
  readonly fromMs: number
  readonly toMs: number
  /** Told of each slice, how many records it had. */
  readonly onSlice: (records: number) => void
}

/**
 * Runs one partition in one world: what happens goes to `side`, and its examples and erasures to `trial`. Returns the
 * records replayed, and the stream time at the end.
 */
export async function replaySide(
  { log, codecs, store, history, change, fromMs, toMs, onSlice }: SideReplayOptions,
  side: Side,
  trial: RankerTrial | null,
): Promise<{ records: number; streamTime: number }> {
  const { partition } = history
  let changes = change !== null && change.fromStart
  const replay = new PartitionReplay({
    log,
    codecs,
    partition,
    store,
    stretches: history.stretches(),
    skips: history.skips(),
    settingsAt: (recorded) => (changes ? applyChange(recorded, change!) : recorded),
  })
  const end = history.meta.nextOffset
  const begin = replay.position
  for (const untilMs of [Math.min(fromMs, toMs + 1) - 1, toMs]) {
    for (;;) {
      const from = replay.position
      const slice = await replay.step(end, untilMs)
      if (!slice) break
      onSlice(replay.position - from)
      await side.take(slice, partition)
      for (const { output } of slice.outputs) {
        if (output.kind === 'example') trial?.add(output.example)
        else if (output.kind === 'erased') trial?.erase(output.userId)
      }
    }
    // From here on the time that is looked at has begun.
    changes = change !== null
  }
  return { records: replay.position - begin, streamTime: replay.clock.streamTime }
}
