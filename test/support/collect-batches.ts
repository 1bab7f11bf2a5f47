import type { DeadLetter } from '../../src/core/contracts/dead-letter.ts'
import type { Interaction } from '../../src/core/contracts/interaction.ts'
import type { DatasetBatch } from '../../src/io/datasets/dataset-batch.ts'

export interface Collected {
  readonly interactions: Interaction[]
  readonly letters: DeadLetter[]
  readonly progress: { bytesRead: number; totalBytes: number | null }[]
  /** What ended the reading, if not the end of the input. */
  failure: unknown
}

/** Reads to the end, or to the error. */
export async function collectBatches(batches: AsyncIterable<DatasetBatch>): Promise<Collected> {
  const collected: Collected = { interactions: [], letters: [], progress: [], failure: null }
  try {
    for await (const { rows, bytesRead, totalBytes } of batches) {
      collected.progress.push({ bytesRead, totalBytes })
      for (const row of rows) {
        if (row.kind === 'interaction') collected.interactions.push(row.interaction)
        else collected.letters.push(row.letter)
      }
    }
  } catch (error) {
    collected.failure = error
  }
  return collected
}
