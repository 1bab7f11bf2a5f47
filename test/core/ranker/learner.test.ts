import { beforeAll, describe } from 'vitest'
import { chooseBackend } from '../../../src/app/tensor-backend.ts'
import { MODE_NAMES } from '../../../src/core/ranker/modes/mode-names.ts'
import { availableBackends } from '../../support/backends.ts'
import { learnerContract } from './learner.contract.ts'
import { plantedSettings } from './planted-examples.ts'

for (const backend of await availableBackends()) {
  describe(`on ${backend}`, () => {
    beforeAll(async () => {
      await chooseBackend(backend)
    })

    for (const mode of MODE_NAMES) {
      learnerContract(mode, (choice) => plantedSettings({ mode, ...choice }))
    }

    const { extractor } = plantedSettings()
    learnerContract('ple with the left form', (choice) =>
      plantedSettings({ extractor: { ...extractor, form: 'left' }, ...choice }),
    )
    learnerContract('stan with two levels, without state features', (choice) =>
      plantedSettings({ mode: 'stan', levels: 2, stateFeatures: false, ...choice }),
    )
    learnerContract('stan-gated with two levels and the left form, without state features', (choice) =>
      plantedSettings({
        mode: 'stan-gated',
        levels: 2,
        stateFeatures: false,
        extractor: { ...extractor, form: 'left' },
        ...choice,
      }),
    )
    learnerContract('ple with late admission', (choice) => plantedSettings({ admissionCount: 3, ...choice }))
  })
}
