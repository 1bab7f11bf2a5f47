import { closest } from 'fastest-levenshtein'
import { ALERT_KINDS, type AlertKind } from '../../core/contracts/lifecycle-alert.ts'

/** The rule of a name. Throws RangeError with the nearest one where there is none. */
export function requireRule(name: string, action: string): AlertKind {
  const rule = ALERT_KINDS.find((kind) => kind === name)
  if (rule) return rule
  throw new RangeError(
    `Cannot ${action} ${name}: there is no such rule; the nearest is ${closest(name, [...ALERT_KINDS])}`,
  )
}
