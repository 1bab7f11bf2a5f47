import { setImmediate } from 'node:timers/promises'
import type { Log, LogSlice } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { TOPICS } from '../topics.ts'
import type { InputItem } from './input-item.ts'
import { readInput } from './read-input.ts'

/** Records of the input with what each asks of the tracker, in the same order. */
export interface InputSlice extends LogSlice {
  readonly items: readonly InputItem[]
}

/** Records decoded in one go, about a millisecond: a write under way gets its turn in between. */
const DECODE_CHUNK = 256

/** The input of one partition, decoded slice by slice, the next one ahead of time when asked to. */
export class InputReader {
  private readonly log: Log
  private readonly codecs: RecordCodecs
  private readonly partition: number
  private ahead: { readonly from: number; readonly end: number; readonly slice: Promise<InputSlice> } | null = null

  constructor(log: Log, codecs: RecordCodecs, partition: number) {
    this.log = log
    this.codecs = codecs
    this.partition = partition
  }

  /** The records that there are from `from` up to before `end`. */
  async take(from: number, end: number): Promise<InputSlice> {
    const { ahead } = this
    this.ahead = null
    if (ahead && ahead.from === from && ahead.end === end) {
      // One that failed is tried again, and one that was not full may have grown.
      const slice = await ahead.slice.catch(() => null)
      if (slice && slice.nextOffset === end) return slice
    }
    return this.read(from, end)
  }

  /** Starts on what `take` with the same bounds will give. */
  readAhead(from: number, end: number): void {
    const slice = this.read(from, end)
    // Whoever takes it sees the failure; nobody may.
    slice.catch(() => {})
    this.ahead = { from, end, slice }
  }

  private async read(from: number, end: number): Promise<InputSlice> {
    const slice = await this.log.read(TOPICS.interactions, this.partition, from, end - from)
    await this.codecs.interaction.prepare(slice.records.map(({ value }) => value))
    const items: InputItem[] = []
    for (const record of slice.records) {
      items.push(readInput(record, this.codecs))
      if (items.length % DECODE_CHUNK === 0) await setImmediate()
    }
    return { ...slice, items }
  }
}
