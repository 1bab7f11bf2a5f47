import type { OpenRegistryOptions } from '../../src/io/schemas/registry/open-registry.ts'
import type { RegistrySettings } from '../../src/io/schemas/registry/registry-settings.ts'

/** Topic of each schema's values. */
export const REGISTRY_TOPICS: OpenRegistryOptions['topics'] = {
  interaction: 'interactions',
  'user-state': 'user-states',
  'stage-transition': 'stage-transitions',
  'lifecycle-alert': 'lifecycle-alerts',
  'training-example': 'training-examples',
  prediction: 'predictions',
  'model-bundle': 'model-bundles',
}

/** Waits that a test can sit through. */
export const QUICK_BACKOFF = { rounds: 3, firstMs: 2, longestMs: 8 } as const

/** The section of the configuration, for a registry at an address. */
export function registrySettings(url: string, change: Partial<RegistrySettings> = {}): RegistrySettings {
  return { url, register: true, username: '', passwordFile: '', tokenFile: '', caFile: '', ...change }
}
