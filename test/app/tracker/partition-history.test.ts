import { expect, test } from 'vitest'
import { decodeHistory, encodeHistory, HistoryWriter } from '../../../src/app/tracker/partition-history.ts'
import { NO_SNAPSHOTS } from '../../../src/core/contracts/tracker-settings.ts'
import { trackerSettings } from '../../../src/core/tracker-settings.ts'

const SETTINGS = trackerSettings()

/** The entry that a version without snapshots wrote. */
function earlierEntry() {
  const { snapshots: _snapshots, ...settings } = SETTINGS
  return Buffer.from(JSON.stringify({ offset: 0, after: -1, bundleOffset: -1, settings }))
}

test('an entry of the history from before snapshots says that none were kept', () => {
  const entry = { offset: 0, after: -1, bundleOffset: -1 }
  expect(decodeHistory(earlierEntry())).toEqual({ ...entry, settings: { ...SETTINGS, snapshots: NO_SNAPSHOTS } })
  for (const settings of [SETTINGS, null]) {
    expect(decodeHistory(encodeHistory({ ...entry, settings }))).toEqual({ ...entry, settings })
  }
})

test('the history goes on without a new entry where snapshots stay off, and has one from where they begin', () => {
  const history = new HistoryWriter(100, [decodeHistory(earlierEntry())])
  expect(history.entryAt(100, -1, { ...SETTINGS, snapshots: NO_SNAPSHOTS })).toBeNull()
  expect(history.entryAt(100, -1, SETTINGS)).toMatchObject({ offset: 100, settings: SETTINGS })
})
