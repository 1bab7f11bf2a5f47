import { expect, test } from 'vitest'
import { trackerSettingsOf } from '../../src/app/config/compile-config.ts'
import { configSchema } from '../../src/app/config/config-schema.ts'
import { trackerSettings } from '../../src/core/tracker-settings.ts'

test('the settings of the library are those that the program starts with', () => {
  expect(trackerSettings()).toEqual(trackerSettingsOf(configSchema.parse({})))
})

test('a choice changes what it names', () => {
  const tasks = [{ name: 'ctr', trial: 'impression', success: 'click', label: 'event' }] as const
  const settings = trackerSettings({ seed: 2, tasks, stages: { margin: 0.5 } })
  const { stages } = trackerSettings()
  expect(settings).toEqual({ ...trackerSettings(), seed: 2, tasks, stages: { ...stages, margin: 0.5 } })
})
