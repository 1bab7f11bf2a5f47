import { describe, expect, it } from 'vitest'
import { LOCAL_SCHEMA_TABLE, newestSchema } from '../../../src/io/schemas/local-schema-table.ts'
import type { SchemaVersion } from '../../support/schema-compatibility.ts'
import { findIncompatibilities, readSchemaVersions } from '../../support/schema-compatibility.ts'

interface Documented {
  readonly doc?: string
  readonly name?: string
  readonly type?: unknown
  readonly fields?: readonly Documented[]
}

describe('schemas', () => {
  it('read every earlier version of themselves', () => {
    expect(findIncompatibilities(readSchemaVersions())).toEqual([])
  })

  it('keep the namespace of version 1 and document every record and field', () => {
    const undocumented: string[] = []
    for (const { name, schema } of readSchemaVersions()) {
      expect((schema as { namespace?: string }).namespace).toBe('stan.lifecycle.v1')
      visit(schema, (part, path) => {
        if (part.doc === undefined || part.doc.length < 8) undocumented.push(`${name}${path}`)
      })
    }
    expect(undocumented).toEqual([])
  })
})

describe('schema compatibility check', () => {
  const base = { type: 'record', name: 'R', fields: [{ name: 'a', type: 'string' }] }
  const withField = (field: unknown) => ({ ...base, fields: [...base.fields, field] })

  it.each([
    ['a new field without a default', withField({ name: 'b', type: 'string' })],
    ['another type', { ...base, fields: [{ name: 'a', type: 'long' }] }],
    ['another name of the record', { ...base, name: 'S' }],
    ['an array in place of the value', { ...base, fields: [{ name: 'a', type: { type: 'array', items: 'string' } }] }],
  ])('rejects %s', (_, changed) => {
    expect(findIncompatibilities(versions(base, changed))).toEqual([expect.stringContaining('r v2 cannot read v1')])
  })

  it.each([
    ['a new field with a default', withField({ name: 'b', type: ['null', 'string'], default: null })],
    ['a field taken away', { ...base, fields: [] }],
    ['a type that became optional', { ...base, fields: [{ name: 'a', type: ['null', 'string'] }] }],
  ])('accepts %s', (_, changed) => {
    expect(findIncompatibilities(versions(base, changed))).toEqual([])
  })

  it('compares with every earlier version, not only the one before', () => {
    const optional = withField({ name: 'b', type: 'string', default: '' })
    const renamed = { ...base, fields: [{ name: 'b', type: 'string' }] }
    expect(findIncompatibilities(versions(base, optional, renamed))).toEqual([
      expect.stringContaining('v3 cannot read v1'),
    ])
  })
})

describe('local schema table', () => {
  it('holds every schema file once, and no other', () => {
    const files = readSchemaVersions().map(({ name, version }) => `${name}.v${version}`)
    const entries = LOCAL_SCHEMA_TABLE.map(({ name, version }) => `${name}.v${version}`)
    expect([...entries].sort()).toEqual([...files].sort())
  })

  it('keeps the ids it has ever given', () => {
    expect(LOCAL_SCHEMA_TABLE.map(({ id, name, version }) => `${id} ${name}.v${version}`)).toEqual([
      '1 interaction.v1',
      '2 user-state.v1',
      '3 stage-transition.v1',
      '4 lifecycle-alert.v1',
      '5 training-example.v1',
      '6 prediction.v1',
      '7 model-bundle.v1',
      '8 user-state.v2',
      '9 lifecycle-alert.v2',
    ])
  })

  it('names the newest version', () => {
    expect(newestSchema('interaction')).toMatchObject({ name: 'interaction', version: 1 })
  })
})

function versions(...schemas: unknown[]): SchemaVersion[] {
  return schemas.map((schema, index) => ({ name: 'r', version: index + 1, schema: schema as SchemaVersion['schema'] }))
}

function visit(part: unknown, see: (part: Documented, path: string) => void, path = ''): void {
  if (typeof part !== 'object' || part === null) return
  if (Array.isArray(part)) {
    for (const item of part) visit(item, see, path)
    return
  }
  const { fields, type, items, values } = part as Documented & { items?: unknown; values?: unknown }
  if (fields !== undefined) {
    see(part, path)
    for (const field of fields) {
      see(field, `${path}.${field.name}`)
      visit(field.type, see, `${path}.${field.name}`)
    }
    return
  }
  for (const inner of [type, items, values]) visit(inner, see, path)
}
