import { configJsonSchema } from './config-schema.ts'

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
}

/** Paths of all settings, for example `ranker.mode`; with `intoLists` also the keys of a list's entries. */
export function knownKeys(intoLists = false): string[] {
  const keys: string[] = []
  const walk = (node: SchemaNode, prefix: string): void => {
    for (const [key, child] of Object.entries(node.properties ?? {})) {
      const path = prefix + key
      if (child.properties) walk(child, `${path}.`)
      else {
        keys.push(path)
        if (intoLists && child.items?.properties) walk(child.items, `${path}.`)
      }
    }
  }
  walk(configJsonSchema() as SchemaNode, '')
  return keys
}
