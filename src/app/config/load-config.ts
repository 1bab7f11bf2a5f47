import { readFile } from 'node:fs/promises'
import { closest } from 'fastest-levenshtein'
import { parse as parseYaml } from 'yaml'
import type { z } from 'zod'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { type Config, configSchema } from './config-schema.ts'
import { knownKeys } from './known-keys.ts'

type Tree = Record<string, unknown>

export interface ConfigSources {
  /** Settings that fit a data set; weaker than everything the user says. */
  readonly preset?: Tree
  /** Path of a YAML file. */
  readonly file?: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** `key.path=value` pairs and single flags, already as a tree or as text values. */
  readonly flags: readonly (readonly [path: string, value: unknown])[]
}

const ENVIRONMENT_PREFIX = 'STAN_'

/** Complete, frozen configuration: preset < file < environment < flags. Throws LifecycleError `invalid-config`. */
export async function loadConfig(sources: ConfigSources): Promise<Config> {
  const tree: Tree = structuredClone(sources.preset ?? {})
  if (sources.file !== undefined) merge(tree, await readYaml(sources.file))
  for (const [path, text] of environmentSettings(sources.environment)) setPath(tree, path, parseYaml(text))
  for (const [path, value] of sources.flags) {
    requireKnown(path, `option ${path}`)
    setPath(tree, path, typeof value === 'string' ? parseYaml(value) : value)
  }
  const parsed = configSchema.safeParse(tree)
  if (!parsed.success) throw new LifecycleError('invalid-config', sentenceOf(parsed.error))
  return deepFreeze(parsed.data)
}

/** Environment variable of a configuration key: `ranker.bundleEvery` is STAN_RANKER_BUNDLE_EVERY. */
export function environmentName(path: string): string {
  return (
    ENVIRONMENT_PREFIX +
    path
      .replaceAll('.', '_')
      .replace(/([a-z])([A-Z])/g, '$1_$2')
      .toUpperCase()
  )
}

function* environmentSettings(environment: ConfigSources['environment']): Iterable<[string, string]> {
  const paths = new Map(knownKeys().map((path) => [environmentName(path), path]))
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith(ENVIRONMENT_PREFIX) || text === undefined) continue
    const path = paths.get(variable)
    if (path === undefined) {
      throw new LifecycleError(
        'invalid-config',
        `Cannot use environment variable ${variable}: no setting has that name; the nearest is ${closest(variable, [...paths.keys()])}`,
      )
    }
    yield [path, text]
  }
}

async function readYaml(file: string): Promise<Tree> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (cause as Error).message
    throw new LifecycleError('unreadable-file', `Cannot read configuration ${file}: ${why}`, { cause })
  }
  let tree: unknown
  try {
    tree = parseYaml(text)
  } catch (cause) {
    const firstLine = (cause as Error).message.split('\n')[0]
    throw new LifecycleError('invalid-config', `Cannot read configuration ${file}: ${firstLine}`, { cause })
  }
  if (tree === null) return {}
  if (!isTree(tree)) {
    throw new LifecycleError('invalid-config', `Cannot read configuration ${file}: it is not a map of settings`)
  }
  return tree
}

function sentenceOf(error: z.ZodError): string {
  const sentences = error.issues.map((issue) => {
    const path = issue.path.join('.')
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => unknownKey(path ? `${path}.${key}` : key)).join('; ')
    return `${path || 'the configuration'} is not valid: ${issue.message}`
  })
  return `Cannot use the configuration: ${sentences.join('; ')}`
}

function unknownKey(path: string): string {
  // Inside a list the known keys have no index.
  const plain = path.replace(/\.\d+/g, '')
  const scope = plain.slice(0, plain.lastIndexOf('.') + 1)
  const siblings = knownKeys(true).filter((key) => key.startsWith(scope))
  return `there is no setting ${path}; the nearest is ${closest(plain, siblings.length > 0 ? siblings : knownKeys(true))}`
}

function requireKnown(path: string, what: string): void {
  const known = knownKeys()
  if (!known.includes(path)) {
    throw new LifecycleError(
      'invalid-config',
      `Cannot use ${what}: no setting has that name; the nearest is ${closest(path, known)}`,
    )
  }
}

function merge(into: Tree, from: Tree): void {
  for (const [key, value] of Object.entries(from)) {
    const held = into[key]
    if (isTree(held) && isTree(value)) merge(held, value)
    else into[key] = value
  }
}

function setPath(tree: Tree, path: string, value: unknown): void {
  const keys = path.split('.')
  let at = tree
  for (const key of keys.slice(0, -1)) {
    if (!isTree(at[key])) at[key] = {}
    at = at[key] as Tree
  }
  at[keys[keys.length - 1]] = value
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) deepFreeze(child)
    Object.freeze(value)
  }
  return value
}
