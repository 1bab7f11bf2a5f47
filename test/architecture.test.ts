import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'

/** Rules of the layout, on the imports as they stand in the source. */
const ROOT = path.resolve(import.meta.dirname, '../src')
/** One file for each `exports` of package.json: they hand on what stands elsewhere, and nothing else. */
const ENTRIES = ['library.ts', 'client.ts', 'testing.ts']
const CORE_FOLDERS = [
  'contracts',
  'statistics',
  'user-state',
  'attention',
  'lifecycle',
  'alerts',
  'ranker',
  'ranking',
  'policy',
  'simulator',
]

interface Source {
  /** Path under src, with forward slashes. */
  readonly file: string
  readonly text: string
  readonly imports: readonly string[]
}

const sources: Source[] = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts'))
  .map((file) => {
    const text = readFileSync(path.join(ROOT, file), 'utf8')
    const imports = [...text.matchAll(/(?:(?<!')from|import)\s*\(?\s*'([^'\s]+)'/g)].map((match) => match[1])
    return { file: file.replaceAll(path.sep, '/'), text, imports }
  })

/** Files of src that a file imports. */
function localImports({ file, imports }: Source): string[] {
  return imports
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier)))
}

function packageImports({ imports }: Source): string[] {
  return imports.filter((specifier) => !specifier.startsWith('.'))
}

/** Packages that come with a file at once: neither for types alone, nor by a later import(). */
function packagesLoadedBy(entry: string): string[] {
  const packages = new Set<string>()
  const seen = new Set<string>()
  const visit = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    const { text } = sources.find((source) => source.file === file)!
    const statements = text.matchAll(/^(?:import|export)\b(?! type\b)(?:[^'(]*from)?\s*'([^']+)'/gm)
    for (const [, specifier] of statements) {
      if (specifier.startsWith('.')) visit(path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier)))
      else if (!specifier.startsWith('node:')) packages.add(specifier)
    }
  }
  visit(entry)
  return [...packages].sort()
}

function within(folder: string): Source[] {
  return sources.filter(({ file }) => file.startsWith(`${folder}/`))
}

/** Those that core may use: nothing but values in and out. */
const PURE_PACKAGES: ReadonlySet<string> = new Set(['jstat', 'ml-matrix'])

describe('architecture', () => {
  test('finds the source', () => {
    expect(sources.length).toBeGreaterThan(50)
  })

  test('core imports only core, pure packages, and TensorFlow.js in core/ranker', () => {
    const breaches = within('core').flatMap((source) => {
      const inRanker = source.file.startsWith('core/ranker/')
      const packages = packageImports(source).filter(
        (name) => !PURE_PACKAGES.has(name) && !(inRanker && name === '@tensorflow/tfjs-core'),
      )
      const outside = localImports(source).filter((file) => !file.startsWith('core/'))
      return [...packages, ...outside].map((name) => `${source.file} imports ${name}`)
    })
    expect(breaches).toEqual([])
  })

  test('core has no clock, randomness, process, console or timers of its own', () => {
    const forbidden =
      /\b(Date\.now|new Date\(\)|Math\.random|performance\.now|process\.|console\.|setTimeout|setInterval|setImmediate|queueMicrotask)\b/
    const breaches = within('core').filter(({ text }) => forbidden.test(text.replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '')))
    expect(breaches.map(({ file }) => file)).toEqual([])
  })

  test('a folder of core imports itself and the folders to its left', () => {
    const breaches = CORE_FOLDERS.flatMap((folder, rank) =>
      within(`core/${folder}`).flatMap((source) =>
        localImports(source)
          .filter((file) => {
            const importedRank = CORE_FOLDERS.indexOf(file.split('/')[1])
            return importedRank < 0 || importedRank > rank
          })
          .map((file) => `${source.file} imports ${file}`),
      ),
    )
    expect(breaches).toEqual([])
    const folders = new Set(
      within('core')
        .map(({ file }) => file.split('/')[1])
        .filter((part) => !part.endsWith('.ts')),
    )
    expect([...folders].filter((folder) => !CORE_FOLDERS.includes(folder))).toEqual([])
  })

  test('io imports contracts, packages and the checksum only, and its folders not each other, but what stands below them', () => {
    const breaches = within('io').flatMap((source) => {
      const folder = source.file.split('/').slice(0, 2).join('/')
      return localImports(source)
        .filter((file) => !file.startsWith('core/contracts/') && !file.startsWith(`${folder}/`))
        .filter((file) => file !== 'core/statistics/cyclic-redundancy.ts')
        .filter((file) => !(file.startsWith('io/level/') || file === 'io/crc32c.ts'))
        .map((file) => `${source.file} imports ${file}`)
    })
    expect(breaches).toEqual([])
  })

  test('only wire.ts picks implementations of the ports', () => {
    const implementations = /^io\/(log|store)\/(embedded-log|memory-log|level-store|memory-store|kafka-log)\.ts$/
    const breaches = sources
      .filter(({ file }) => !file.startsWith('io/') && file !== 'app/wire.ts')
      .filter((source) => localImports(source).some((file) => implementations.test(file)))
    expect(breaches.map(({ file }) => file)).toEqual([])
  })

  test('the dashboard imports itself, contracts and its own packages, and nothing imports it', () => {
    const packages = /^(preact(\/hooks)?|@preact\/signals|echarts\/(core|charts|components|features|renderers))$/
    const breaches = sources.flatMap((source) => {
      const isDashboard = source.file.startsWith('dashboard/')
      const local = localImports(source).filter((file) =>
        isDashboard ? !/^(dashboard|core\/contracts)\//.test(file) : file.startsWith('dashboard/'),
      )
      const foreign = isDashboard ? packageImports(source).filter((name) => !packages.test(name)) : []
      return [...local, ...foreign].map((name) => `${source.file} imports ${name}`)
    })
    expect(breaches).toEqual([])
    expect(within('dashboard').length).toBeGreaterThan(20)
  })

  test('the client imports contracts, and of io the codecs, the log of Kafka and the event stream', () => {
    const allowed =
      /^(client|core\/contracts|io\/schemas|io\/event-stream)\/|^io\/log\/(kafka\/|log\.ts$|log-ends\.ts$)/
    const breaches = within('client').flatMap((source) =>
      [...localImports(source), ...packageImports(source).filter((name) => !name.startsWith('node:'))]
        .filter((name) => !allowed.test(name))
        .map((name) => `${source.file} imports ${name}`),
    )
    expect(breaches).toEqual([])
  })

  test('who follows the events loads neither kafkajs nor Avro', () => {
    expect(packagesLoadedBy('client.ts')).toEqual([])
    expect(packagesLoadedBy('client/sse-states.ts')).toEqual([])
    expect(packagesLoadedBy('client/kafka-states.ts')).toEqual(expect.arrayContaining(['avsc', 'kafkajs']))
  })

  test('the library loads jstat and TensorFlow.js alone, and the fold no package at all', () => {
    expect(packagesLoadedBy('library.ts')).toEqual(['@tensorflow/tfjs-core', 'jstat'])
    expect(packagesLoadedBy('core/track-user.ts')).toEqual([])
  })

  test('testing imports core, app, and of io no implementation', () => {
    const allowed = /^(testing|core|app)\/|^io\/(schemas\/|log\/log\.ts$)/
    const breaches = within('testing').flatMap((source) =>
      [...localImports(source), ...packageImports(source)]
        .filter((name) => !allowed.test(name))
        .map((name) => `${source.file} imports ${name}`),
    )
    expect(breaches).toEqual([])
  })

  test('the entries of the package only hand on, and nothing imports them', () => {
    const entries = sources.filter(({ file }) => ENTRIES.includes(file))
    expect(entries.map(({ file }) => file).sort()).toEqual([...ENTRIES].sort())
    const statements = entries.flatMap(({ text }) =>
      text.replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '').split(/^(?=export|import|const|let|function|class)/m),
    )
    const others = statements.filter(
      (text) => text.trim() && !/^export (type )?\{[^}]*\} from '\.[^']*'\s*$/.test(text),
    )
    expect(others).toEqual([])
    const importers = sources.filter((source) => localImports(source).some((file) => ENTRIES.includes(file)))
    expect(importers.map(({ file }) => file)).toEqual([])
    const folders = sources.map(({ file }) => file.split('/')[0])
    expect([...new Set(folders)].sort()).toEqual(
      [...ENTRIES, 'app', 'client', 'core', 'dashboard', 'io', 'main.ts', 'testing'].sort(),
    )
  })

  test('nothing imports main.ts, and there are no barrels', () => {
    expect(sources.filter((source) => localImports(source).includes('main.ts')).map(({ file }) => file)).toEqual([])
    expect(sources.filter(({ file }) => path.posix.basename(file) === 'index.ts').map(({ file }) => file)).toEqual([])
  })

  test('there are no import cycles', () => {
    const graph = new Map(sources.map((source) => [source.file, localImports(source)]))
    const state = new Map<string, 'open' | 'done'>()
    const cycles: string[] = []
    const visit = (file: string, trail: readonly string[]): void => {
      if (state.get(file) === 'done') return
      if (state.get(file) === 'open') {
        cycles.push([...trail.slice(trail.indexOf(file)), file].join(' -> '))
        return
      }
      state.set(file, 'open')
      for (const next of graph.get(file) ?? []) visit(next, [...trail, file])
      state.set(file, 'done')
    }
    for (const file of graph.keys()) visit(file, [])
    expect(cycles).toEqual([])
  })

  test('a file over 400 lines says why in its header', () => {
    const long = sources.filter(({ text }) => text.split('\n').length > 400)
    expect(long.filter(({ text }) => !/long because/i.test(text.slice(0, 1500))).map(({ file }) => file)).toEqual([])
  })
})
