import { MODE_NAMES, type ModeName } from '../../core/ranker/modes/mode-names.ts'
import type { Fusion } from '../../core/ranking/posterior-weights.ts'

/** Yardsticks that learn nothing: chance, and the ranking by the true probabilities, which no ranker can pass. */
export const YARDSTICKS = ['random', 'oracle'] as const
export type Yardstick = (typeof YARDSTICKS)[number]

export const ARM_RANKERS = [...MODE_NAMES, ...YARDSTICKS] as const

/**
 * Where candidates come from: `none` a pool half popular, half from the whole catalogue; the others channels, with even
 * quotas (`fixed`), learned ones (`quotas`), or learned ones and learned fusion weights (`thompson`).
 */
export const POLICIES = ['none', 'fixed', 'quotas', 'thompson'] as const
export type Policy = (typeof POLICIES)[number]

export interface Arm {
  readonly name: string
  readonly ranker: ModeName | Yardstick
  readonly policy: Policy
  readonly fusion: Fusion
  /** Added to the seed of the ranker: the two arms of an A/A test differ in it alone. */
  readonly seedOffset: number
}

export interface ArmLists {
  readonly modes: readonly (ModeName | Yardstick)[]
  readonly policies: readonly Policy[]
  readonly fusions: readonly Fusion[]
}

/** Every combination of the lists; the first is what the others are compared with. Names show what differs. */
export function armsOf({ modes, policies, fusions }: ArmLists): Arm[] {
  return modes.flatMap((ranker) =>
    policies.flatMap((policy) =>
      fusions.map((fusion): Arm => {
        const parts = [
          modes.length > 1 || (policies.length === 1 && fusions.length === 1) ? ranker : '',
          policies.length > 1 ? policy : '',
          fusions.length > 1 ? fusion : '',
        ]
        return { name: parts.filter((part) => part !== '').join('+'), ranker, policy, fusion, seedOffset: 0 }
      }),
    ),
  )
}

/** The first arm twice. */
export function sameArmTwice([arm]: readonly Arm[]): Arm[] {
  return [
    { ...arm, name: `${arm.name} (1)` },
    { ...arm, name: `${arm.name} (2)`, seedOffset: 1 },
  ]
}

export function learns({ ranker }: Arm): boolean {
  return !(YARDSTICKS as readonly string[]).includes(ranker)
}
