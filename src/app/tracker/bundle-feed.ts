import type { ModelBundle } from '../../core/contracts/model-bundle.ts'
import type { Log } from '../../io/log/log.ts'
import type { RecordCodecs } from '../../io/schemas/record-codecs.ts'
import { ChunkJoiner, type WholeRecord } from '../chunked-record.ts'
import { readTo } from '../read-to.ts'
import { TOPICS } from '../topics.ts'

const CHUNK = 64

export interface FedBundle {
  /** Offset in model-bundles at which it begins. */
  readonly offset: number
  readonly bundle: ModelBundle
}

/** The ranker's bundles, followed from a given one on. */
export class BundleFeed {
  private readonly log: Log
  private readonly codecs: RecordCodecs
  private joiner = new ChunkJoiner()
  private next = 0

  constructor(log: Log, codecs: RecordCodecs) {
    this.log = log
    this.codecs = codecs
  }

  /** The bundle that begins at an offset; the feed goes on behind it. -1 is none, and the feed begins with the first. */
  async seek(offset: number): Promise<FedBundle | null> {
    this.joiner = new ChunkJoiner()
    this.next = offset + 1
    if (offset < 0) return null
    const joiner = new ChunkJoiner()
    const end = await this.log.endOffset(TOPICS.modelBundles, 0)
    for await (const { records } of readTo(this.log, TOPICS.modelBundles, 0, offset, end, CHUNK)) {
      for (const record of records) {
        const whole = joiner.add(record)
        if (whole?.offset === offset) return this.decode(whole)
      }
    }
    return null
  }

  /** The newest bundle that has come since the last call, or null. */
  async newest(): Promise<FedBundle | null> {
    let newest: WholeRecord | null = null
    for (;;) {
      const slice = await this.log.read(TOPICS.modelBundles, 0, this.next, CHUNK)
      if (slice.nextOffset === this.next) break
      this.next = slice.nextOffset
      for (const record of slice.records) newest = this.joiner.add(record) ?? newest
    }
    return newest && this.decode(newest)
  }

  private decode({ offset, value }: WholeRecord): FedBundle {
    return { offset, bundle: this.codecs.modelBundle.decodeOwn(value) }
  }
}
