import { readFile, stat } from 'node:fs/promises'
import { parse as parseYaml } from 'yaml'
import { LifecycleError } from '../../core/contracts/lifecycle-error.ts'
import { STAGE_RULES, type TrackerSettings } from '../../core/contracts/tracker-settings.ts'
import { trackerSettingsOf } from '../config/compile-config.ts'
import { loadConfig } from '../config/load-config.ts'
import { presetOfSettings } from './recorded-preset.ts'

/** Sections that a file may change. */
const SECTIONS = ['stages', 'posterior'] as const
/** A change of these changes what the stored evidence means, so it holds from the first event on. */
const OF_EVIDENCE = ['evidence', 'weight', 'halfLifeDays', 'windowDays'] as const

/** What is different in the world beside this one. */
export interface SettingsChange {
  readonly stages: Partial<TrackerSettings['stages']>
  readonly posterior: Partial<TrackerSettings['posterior']>
  /** Whether it cannot begin in the middle of a history. */
  readonly fromStart: boolean
  /** Paths with both values, for people. */
  readonly changed: readonly { readonly setting: string; readonly from: unknown; readonly to: unknown }[]
}

export interface ChangeOptions {
  /** Name of a built-in set of stage rules, or a YAML file. */
  readonly rules?: string
  /** A YAML file. */
  readonly posterior?: string
}

/** Reads a change against the settings in use. Throws RangeError or LifecycleError `invalid-config`, `unreadable-file`. */
export async function readChange(
  recorded: TrackerSettings,
  { rules, posterior }: ChangeOptions,
): Promise<SettingsChange> {
  let settings = recorded
  if (rules !== undefined) {
    const isName = (STAGE_RULES as readonly string[]).includes(rules)
    settings = isName
      ? { ...settings, stages: { ...settings.stages, rules: rules as (typeof STAGE_RULES)[number] } }
      : await withFile(settings, '--rules', rules)
  }
  if (posterior !== undefined) settings = await withFile(settings, '--posterior', posterior)
  const change = {
    stages: differing(recorded.stages, settings.stages),
    posterior: differing(recorded.posterior, settings.posterior),
  }
  return {
    ...change,
    fromStart: OF_EVIDENCE.some((key) => key in change.posterior),
    changed: SECTIONS.flatMap((section) =>
      Object.entries(change[section]).map(([key, to]) => ({
        setting: `${section}.${key}`,
        from: (recorded[section] as Record<string, unknown>)[key],
        to,
      })),
    ),
  }
}

export function applyChange(settings: TrackerSettings, { stages, posterior }: SettingsChange): TrackerSettings {
  return {
    ...settings,
    stages: { ...settings.stages, ...stages },
    posterior: { ...settings.posterior, ...posterior },
  }
}

async function withFile(settings: TrackerSettings, option: string, file: string): Promise<TrackerSettings> {
  const isFile = await stat(file).then(
    (status) => status.isFile(),
    () => false,
  )
  if (!isFile) {
    const names = option === '--rules' ? ` is no built-in set (${STAGE_RULES.join(', ')}) and` : ''
    throw new RangeError(`Cannot use ${option} ${file}: it${names} is no file`)
  }
  await requireSections(option, file)
  const config = await loadConfig({ preset: presetOfSettings(settings), file, environment: {}, flags: [] })
  const { stages, posterior } = trackerSettingsOf(config)
  return { ...settings, stages, posterior }
}

async function requireSections(option: string, file: string): Promise<void> {
  let tree: unknown
  try {
    tree = parseYaml(await readFile(file, 'utf8'))
  } catch (error) {
    throw new LifecycleError('invalid-config', `Cannot use ${option} ${file}: it is not YAML (${String(error)})`, {
      cause: error,
    })
  }
  const names = typeof tree === 'object' && tree !== null && !Array.isArray(tree) ? Object.keys(tree) : []
  if (names.length === 0)
    throw new RangeError(`Cannot use ${option} ${file}: it holds none of the sections ${SECTIONS.join(', ')}`)
  const other = names.find((name) => !(SECTIONS as readonly string[]).includes(name))
  if (other === undefined) return
  throw new RangeError(`Cannot use ${option} ${file}: it holds ${other}, and only ${SECTIONS.join(' and ')} may differ`)
}

function differing<T extends object>(from: T, to: T): Partial<T> {
  const entries = Object.entries(to).filter(([key, value]) => (from as Record<string, unknown>)[key] !== value)
  return Object.fromEntries(entries) as Partial<T>
}
