import { closest } from 'fastest-levenshtein'
import { MODE_NAMES, type ModeName } from '../../core/ranker/modes/mode-names.ts'

/** A mode with settings of the section `ranker` that differ from the configuration's. */
export interface Variant {
  /** As it stands in tables; unique in an evaluation. */
  readonly name: string
  readonly mode: ModeName
  /** Key under `ranker`, and the text that stands for its value. */
  readonly overrides: readonly (readonly [key: string, text: string])[]
  /** What an ablation row adds or takes away. */
  readonly note?: string
}

/** Settings that are no part of the model. */
const NOT_THE_MODEL = ['mode', 'backend', 'bundleEvery', 'bundleGuard', 'shadow']

/**
 * Variants of a list such as `ple,stan-gated,ple{taskWeights=inverse-entropy,towerWidths=[64,32]}`; `all` stands for
 * every mode. Keys are checked where the configuration is made. Throws RangeError.
 */
export function parseVariants(list: string): Variant[] {
  const variants = splitOutside(list).flatMap((text) =>
    text === 'all' ? MODE_NAMES.map((mode): Variant => ({ name: mode, mode, overrides: [] })) : [parseVariant(text)],
  )
  requireNamedOnce(variants)
  return variants
}

export function requireNamedOnce(variants: readonly Variant[]): void {
  const twice = variants.find(({ name }, i) => variants.findIndex((other) => other.name === name) < i)
  if (twice) throw new RangeError(`Cannot evaluate mode ${twice.name} twice: name each mode once`)
}

/** Settings of a variant as pairs key=value, as --set takes them. */
export function settingsOfVariant({ mode, overrides }: Variant): string[] {
  return [`ranker.mode=${mode}`, ...overrides.map(([key, text]) => `ranker.${key}=${text}`)]
}

function parseVariant(text: string): Variant {
  const [, name, braces, inside = ''] = /^([^{}]*)(\{(.*)\})?$/s.exec(text) ?? []
  if (name === undefined) throw new RangeError(`Cannot evaluate mode ${text}: write MODE or MODE{key=value,key=value}`)
  const mode = modeOf(name.trim())
  if (braces === undefined) return { name: mode, mode, overrides: [] }
  const overrides = splitOutside(inside).map((pair): [string, string] => {
    const at = pair.indexOf('=')
    if (at <= 0) throw new RangeError(`Cannot evaluate mode ${text}: ${pair || 'nothing'} is not of the form key=value`)
    const key = pair.slice(0, at).trim()
    if (NOT_THE_MODEL.includes(key))
      throw new RangeError(`Cannot evaluate mode ${text}: ${key} is no setting of a model`)
    return [key, pair.slice(at + 1).trim()]
  })
  return { name: `${mode}{${overrides.map((pair) => pair.join('=')).join(',')}}`, mode, overrides }
}

function modeOf(name: string): ModeName {
  const mode = MODE_NAMES.find((known) => known === name)
  if (mode) return mode
  throw new RangeError(
    `Cannot evaluate mode ${JSON.stringify(name)}: there is no such mode; the nearest is ${closest(name, [...MODE_NAMES])}`,
  )
}

/** Parts between the commas that lie outside of braces and brackets. */
function splitOutside(list: string): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (let at = 0; at < list.length; at++) {
    if ('{['.includes(list[at])) depth++
    else if ('}]'.includes(list[at])) depth--
    else if (list[at] === ',' && depth === 0) {
      parts.push(list.slice(from, at).trim())
      from = at + 1
    }
  }
  return [...parts, list.slice(from).trim()]
}
