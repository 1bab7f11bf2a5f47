import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { configJsonSchema, configSchema } from '../../../src/app/config/config-schema.ts'
import { knownKeys } from '../../../src/app/config/known-keys.ts'

test('the published JSON Schema is the one that the program makes', () => {
  const published: unknown = JSON.parse(
    readFileSync(new URL('../../../schemas/config.v1.schema.json', import.meta.url), 'utf8'),
  )
  const howTo = 'write it again: node --import tsx src/main.ts config schema > schemas/config.v1.schema.json'
  expect({ howTo, schema: configJsonSchema() }).toEqual({ howTo, schema: published })
})

interface SchemaNode {
  readonly description?: string
  readonly default?: unknown
  readonly properties?: Record<string, SchemaNode>
  readonly items?: SchemaNode
  readonly additionalProperties?: boolean
}

/** Path and schema of every group and every setting. */
function* nodes(node: SchemaNode, path = ''): Iterable<[path: string, node: SchemaNode]> {
  yield [path, node]
  for (const [key, child] of Object.entries(node.properties ?? {})) yield* nodes(child, path ? `${path}.${key}` : key)
}

const all = [...nodes(configJsonSchema())]
const settings = all.filter(([, { properties }]) => !properties)

test('every setting has a description and its default', () => {
  expect(settings.map(([path]) => path)).toEqual(knownKeys())
  expect(settings.length).toBeGreaterThan(40)
  expect(settings.filter(([, { description }]) => !description).map(([path]) => path)).toEqual([])
  const inEffect = configSchema.parse({})
  const at = (path: string): unknown =>
    path.split('.').reduce<unknown>((held, key) => (held as Record<string, unknown>)[key], inEffect)
  expect(Object.fromEntries(settings.map(([path, node]) => [path, node.default]))).toEqual(
    Object.fromEntries(settings.map(([path]) => [path, at(path)])),
  )
})

test('no group, and no entry of a list, lets unknown keys through', () => {
  const groups = [...all.map(([, node]) => node), ...settings.flatMap(([, { items }]) => items ?? [])]
  const open = groups.filter(({ properties, additionalProperties }) => properties && additionalProperties !== false)
  expect(open).toEqual([])
})
