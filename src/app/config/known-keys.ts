import { configJsonSchema } from './config-schema.ts'

interface SchemaNode {
  readonly type?: string
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
}

/** Paths of all settings, for example `ranker.mode`; with `intoLists` also the keys of a list's entries. */
export function knownKeys(intoLists = false): string[] {
  return [...settingNodes(intoLists)].map(([path]) => path)
}

/** Paths of the settings that are text: what stands for one is taken as it is, `2024` and `true` included. */
export function textKeys(): string[] {
  return [...settingNodes(false)].filter(([, { type }]) => type === 'string').map(([path]) => path)
}

function* settingNodes(
  intoLists: boolean,
  node = configJsonSchema() as SchemaNode,
  prefix = '',
): Iterable<[path: string, node: SchemaNode]> {
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    const path = prefix + key
    if (child.properties) yield* settingNodes(intoLists, child, `${path}.`)
    else {
      yield [path, child]
      if (intoLists && child.items?.properties) yield* settingNodes(intoLists, child.items, `${path}.`)
    }
  }
}
