import { closest } from 'fastest-levenshtein'

/**
 * The names of a comma-separated list. Throws RangeError for one that is not among the known, with the nearest, and for one
 * that comes twice.
 */
export function namesOf<Name extends string>(option: string, list: string, known: readonly Name[]): Name[] {
  const names = list.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !(known as readonly string[]).includes(name))
  if (unknown !== undefined) {
    const nearest = closest(unknown, [...known])
    throw new RangeError(`Cannot use ${option} ${unknown}: the nearest is ${nearest}; there are ${known.join(', ')}`)
  }
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) throw new RangeError(`Cannot use ${option} ${list}: it names ${twice} twice`)
  return names as Name[]
}
