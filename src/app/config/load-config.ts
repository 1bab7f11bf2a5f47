import { readFile } from 'node:fs/promises'
import { closest } from 'fastest-levenshtein'
import { parse as parseYaml } from 'yaml'
import type { z } from 'zod'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { type Config, configSchema } from './config-schema.ts'
import { knownKeys, textKeys } from './known-keys.ts'

type Tree = Record<string, unknown>

export interface ConfigSources {
  /** Settings that fit a data set; weaker than everything the user says. */
  readonly preset?: Tree
  /** Path of a YAML file. */
  readonly file?: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Settings by their path, as a text that stands for the value: YAML, except where the setting is text itself. */
  readonly flags: readonly (readonly [path: string, text: string])[]
}

const ENVIRONMENT_PREFIX = 'STAN_'
/** Not settings: they tell the tests where things are, what must be there, and how to draw. */
const TEST_VARIABLES: ReadonlySet<string> = new Set([
  'STAN_DATA',
  'STAN_REQUIRE_NATIVE',
  'STAN_REQUIRE_KAFKA',
  'STAN_REQUIRE_CHROMIUM',
  'STAN_REQUIRE_ALERTMANAGER',
  'STAN_REQUIRE_PROMTOOL',
  'STAN_REQUIRE_HELM',
  'STAN_REQUIRE_SYSTEMD',
  'STAN_HELM_FOLDER',
  'STAN_KAFKA_CACHE',
  'STAN_PROPERTY_SEED',
])

const MAX_SENTENCES = 5
const MAX_SHOWN = 60

/** Complete, frozen configuration: preset < file < environment < flags. Throws LifecycleError `invalid-config`. */
export async function loadConfig(sources: ConfigSources): Promise<Config> {
  const tree: Tree = structuredClone(sources.preset ?? {})
  if (sources.file !== undefined) merge(tree, await readYaml(sources.file))
  for (const [variable, path, text] of environmentSettings(sources.environment)) {
    setPath(tree, path, valueOf(path, text, `environment variable ${variable}`))
  }
  for (const [path, text] of sources.flags) {
    requireKnown(path, `option ${path}`)
    setPath(tree, path, valueOf(path, text, `option ${path}`))
  }
  const parsed = configSchema.safeParse(tree, { reportInput: true })
  if (!parsed.success) throw invalidConfig(`Cannot use the configuration: ${sentenceOf(parsed.error)}`)
  return deepFreeze(parsed.data)
}

/** Environment variable of a configuration key: `ranker.bundleEvery` is STAN_RANKER_BUNDLE_EVERY. */
export function environmentName(path: string): string {
  return (
    ENVIRONMENT_PREFIX +
    path
      .replaceAll(/[.-]/g, '_')
      .replace(/([a-z])([A-Z])/g, '$1_$2')
      .toUpperCase()
  )
}

function* environmentSettings(
  environment: ConfigSources['environment'],
): Iterable<[variable: string, path: string, text: string]> {
  const paths = new Map(knownKeys().map((path) => [environmentName(path), path]))
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith(ENVIRONMENT_PREFIX) || text === undefined || TEST_VARIABLES.has(variable)) continue
    const path = paths.get(variable)
    if (path === undefined) {
      const nearest = closest(variable, [...paths.keys()])
      throw invalidConfig(
        `Cannot use environment variable ${variable}: no setting has that name; the nearest is ${nearest}`,
      )
    }
    yield [variable, path, text]
  }
}

/** What a text stands for. `what` names the text's place in the failure. */
function valueOf(path: string, text: string, what: string): unknown {
  if (textKeys().includes(path)) return text
  try {
    return parseYaml(text)
  } catch (cause) {
    throw invalidConfig(`Cannot use ${what}: ${yamlReason(cause)}`, cause)
  }
}

async function readYaml(file: string): Promise<Tree> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw new LifecycleError('unreadable-file', `Cannot read configuration ${file}: ${fileReason(cause)}`, { cause })
  }
  let tree: unknown
  try {
    tree = parseYaml(text)
  } catch (cause) {
    throw invalidConfig(`Cannot read configuration ${file}: ${yamlReason(cause)}`, cause)
  }
  if (tree === null) return {}
  if (!isTree(tree)) throw invalidConfig(`Cannot read configuration ${file}: it is not a map of settings`)
  return tree
}

function fileReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'there is no such file'
  return code === 'EISDIR' ? 'it is a folder' : message
}

/** The first line: what is wrong, and where; the parser goes on with a picture of the place. */
function yamlReason(error: unknown): string {
  return (error as Error).message.split('\n')[0].replace(/:$/, '')
}

function sentenceOf(error: z.ZodError): string {
  const sentences = error.issues.flatMap((issue) => {
    const path = issue.path.join('.')
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path ? `${path}.${key}` : key))
    const setting = issue.input === undefined ? path : `${path} = ${shown(issue.input)}`
    if (issue.code === 'custom') return [`${setting} ${issue.message}`]
    const reason = issue.message.replace(/^Invalid (?:input|option): /, '')
    return [`${setting} is not valid: ${reason[0].toLowerCase()}${reason.slice(1)}`]
  })
  const more = sentences.length - MAX_SENTENCES
  return [...sentences.slice(0, MAX_SENTENCES), ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}

function shown(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`
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
    throw invalidConfig(`Cannot use ${what}: no setting has that name; the nearest is ${closest(path, known)}`)
  }
}

function invalidConfig(message: string, cause?: unknown): LifecycleError {
  return new LifecycleError('invalid-config', message, { cause })
}

/** A key such as __proto__ becomes a key of the tree itself, which the schema then refuses by name. */
function merge(into: Tree, from: Tree): void {
  for (const [key, value] of Object.entries(from)) {
    const held = Object.hasOwn(into, key) ? into[key] : undefined
    if (isTree(held) && isTree(value)) merge(held, value)
    else Object.defineProperty(into, key, { value, enumerable: true, writable: true, configurable: true })
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
