import { describe, expect, it } from 'vitest'
import { parseInteraction } from '../../../src/core/contracts/parse-interaction.ts'
import { readKuairand } from '../../../src/io/datasets/kuairand-reader.ts'
import { collectBatches } from '../../support/collect-batches.ts'
import { kuairandFolder } from '../../support/kuairand-folder.ts'

const folder = kuairandFolder()

describe.skipIf(folder === null)('kuairand reader on KuaiRand-Pure, 2022-04-25 to 2022-05-05', () => {
  it('reads every row, with the outcomes that a count by hand gives', async () => {
    const { interactions, letters, failure, progress } = await collectBatches(readKuairand(folder!))
    expect(failure).toBeNull()
    expect(letters).toEqual([])
    expect(interactions).toHaveLength(185_061)
    const sums: Record<string, number> = {}
    for (const { outcomes } of interactions) {
      for (const [name, value] of Object.entries(outcomes!)) sums[name] = (sums[name] ?? 0) + value
    }
    // zcat log_standard*.gz | awk -F, 'NR>1{c+=$6; pe+=$17; l+=$7; f+=$8; cm+=$9; s+=$10}'
    expect(sums).toMatchObject({
      click: 81_878,
      profile_enter: 3_440,
      like: 3_184,
      follow: 248,
      comment: 471,
      share: 145,
    })
    expect(new Set(interactions.map(({ userId }) => userId)).size).toBe(24_448)
    expect(new Set(interactions.map(({ itemId }) => itemId)).size).toBe(6_153)
    expect(new Set(interactions.map(({ eventId }) => eventId)).size).toBe(185_061)
    expect(progress.at(-1)!.bytesRead).toBe(progress.at(-1)!.totalBytes)
  })

  it('gives interactions that pass the check of interactions from anywhere', async () => {
    const { interactions } = await collectBatches(readKuairand(folder!, { from: '2022-05-05' }))
    expect(interactions).toHaveLength(13_390)
    for (const interaction of interactions) {
      expect(parseInteraction(interaction)).toEqual({ kind: 'interaction', interaction })
    }
  })

  it('never shows the platform own activity stage as a feature, and shares the features of a user', async () => {
    const { interactions } = await collectBatches(readKuairand(folder!, { from: '2022-04-25', to: '2022-04-25' }))
    const featuresByUser = new Map(interactions.map(({ userId, userFeatures }) => [userId, userFeatures]))
    for (const { userId, userFeatures } of interactions) {
      expect(userFeatures).toBe(featuresByUser.get(userId))
      expect(Object.keys(userFeatures ?? {})).not.toContain('user_active_degree')
    }
    expect(Object.keys(interactions[0].userFeatures!).sort()).toEqual(
      [
        'is_live_streamer',
        'is_video_author',
        'register_days_range',
        ...['follow', 'fans', 'friend'].map((kind) => `${kind}_user_num_range`),
        ...Array.from({ length: 18 }, (_, index) => `onehot_feat${index}`),
      ].sort(),
    )
  })
})
