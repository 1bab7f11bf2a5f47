import type { StateDifference } from './state-difference.ts'
import type { Verification } from './verify-partition.ts'

/** One line for a partition that is as a replay has it; for another one the first difference as well. */
export function renderVerification(verification: Verification): string {
  const { partition, records, users, impressions, compared, changedMeanwhile, differences, first } = verification
  const places = compared.map((place) => (place === 'store' ? 'the store' : place)).join(', ')
  const notStore = compared.includes('store') ? '' : '; no store is here'
  const meanwhile = changedMeanwhile > 0 ? `; ${changedMeanwhile} users changed meanwhile and were left out` : ''
  const what = `partition ${partition}: ${users} users and ${impressions} pending impressions of ${records} records`
  if (!first) return `${what}, replayed, equal ${places}${notStore}${meanwhile}`
  return `${what}: ${differences} differ from a replay (${places} compared${notStore}${meanwhile})\n${renderDifference(first)}`
}

/** The first difference as a sentence. */
export function renderDifference({ place, userId, field, found, replayed, source }: StateDifference): string {
  const who = userId === '' ? 'the partition itself' : `user ${userId}`
  const where = source === null ? '' : ` (${source})`
  const kept = place === 'store' ? 'the store' : place
  return `${who} differs in ${kept}: ${field} is ${valueText(found)}, a replay gives ${valueText(replayed)}${where}`
}

function valueText(value: unknown): string {
  if (value === undefined) return 'nothing'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
