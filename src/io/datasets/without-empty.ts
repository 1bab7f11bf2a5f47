import type { FeatureMap } from '../../core/contracts/interaction.ts'

/** An empty field is an unknown feature. */
export function withoutEmpty(features: Readonly<Record<string, string>>): FeatureMap {
  return Object.fromEntries(Object.entries(features).filter(([, value]) => value !== ''))
}
