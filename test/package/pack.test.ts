import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { publint } from 'publint'
import { describe, expect, test } from 'vitest'
import { stateJson } from '../../src/app/serving/state-json.ts'
import { accept, EventServer } from '../support/event-server.ts'
import { SAMPLE_RECORDS } from '../support/sample-records.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const RUN_LIMIT_MS = 120_000

/** Without the install script, which would build: the tests run on what has been built. */
const PACK = ['pack', '--json', '--ignore-scripts']

interface Packed {
  readonly filename: string
  readonly size: number
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string }[]
}

function run(program: string, args: readonly string[], cwd: string, input = '', env = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, timeout: RUN_LIMIT_MS, maxBuffer: 1 << 28, env: { ...process.env, ...env } }
    const child = execFile(program, args, options, (error, output, errors) => {
      if (error) reject(new Error(`${program} ${args.join(' ')} failed: ${output}${errors}`, { cause: error }))
      else resolve(output)
    })
    child.stdin!.on('error', () => {}).end(input)
  })
}

/** The packed package as somebody's dependency, its own dependencies those of this folder; nothing is downloaded. */
async function installedPackage(): Promise<string> {
  const folder = await temporaryFolder()
  const [{ filename }] = JSON.parse(await run('npm', [...PACK, '--pack-destination', folder], ROOT)) as Packed[]
  const modules = join(folder, 'node_modules')
  await mkdir(modules)
  await run('tar', ['-xzf', join(folder, filename)], folder)
  for (const name of await readdir(join(ROOT, 'node_modules'))) {
    if (!name.startsWith('.')) await symlink(join(ROOT, 'node_modules', name), join(modules, name))
  }
  // A copy, no link: what it imports is looked for beside it.
  await cp(join(folder, 'package'), join(modules, 'stan-lifecycle'), { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "type": "module", "private": true }')
  return folder
}

const TSCONFIG = {
  compilerOptions: {
    target: 'ES2022',
    lib: ['ES2023'],
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    types: ['node'],
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    // Our declarations are checked as well.
    skipLibCheck: false,
  },
  include: ['*.ts'],
}

describe('the packed package', () => {
  test('holds what is built, schemas and deploy, and nothing of the tests', async () => {
    const [{ files, size, unpackedSize }] = JSON.parse(await run('npm', [...PACK, '--dry-run'], ROOT)) as Packed[]
    const sources = (await readdir(join(ROOT, 'src'), { recursive: true }))
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !file.startsWith('dashboard/'))
      .map((file) => `dist/${file.slice(0, -'.ts'.length)}`)
    const schemas = (await readdir(join(ROOT, 'schemas'))).map((file) => `schemas/${file}`)
    const paths = files.map(({ path }) => path)
    const others = paths.filter((path) => !/^(dist|schemas|deploy)\//.test(path))
    expect(others.sort()).toEqual(['README.md', 'package.json'])
    const built = paths.filter((path) => path.startsWith('dist/') && !path.startsWith('dist/dashboard/'))
    expect(built.sort()).toEqual(sources.flatMap((file) => [`${file}.d.ts`, `${file}.js`]).sort())
    const dashboard = paths.filter((path) => path.startsWith('dist/dashboard/'))
    expect(dashboard.map((path) => path.replace(/-[\w-]{8}\./, '.')).sort()).toEqual([
      'dist/dashboard/assets/icon.svg',
      'dist/dashboard/assets/index.css',
      'dist/dashboard/assets/index.js',
      'dist/dashboard/index.html',
    ])
    expect(paths.filter((path) => path.startsWith('deploy/screenshots'))).toEqual([])
    expect(paths.filter((path) => path.startsWith('schemas/')).sort()).toEqual(schemas.sort())
    expect(paths).toEqual(
      expect.arrayContaining([
        'deploy/examples/python/user_states.py',
        'deploy/examples/typescript/rank-candidates.ts',
      ]),
    )
    expect(paths.filter((path) => /__pycache__|\.pyc$|\.map$/.test(path))).toEqual([])
    expect(size).toBeLessThan(1_200_000)
    expect(unpackedSize).toBeLessThan(4_000_000)
  })

  test('has no map of sources that it does not hold', async () => {
    const files = (await readdir(join(ROOT, 'dist'), { recursive: true })).filter((file) => file.endsWith('.js'))
    const texts = await Promise.all(files.map((file) => readFile(join(ROOT, 'dist', file), 'utf8')))
    expect(files.filter((_, index) => texts[index].includes('sourceMappingURL'))).toEqual([])
  })

  test('has exports that a linter of packages finds nothing in', async () => {
    const { messages } = await publint({ pkgDir: ROOT, strict: true, pack: false })
    expect(messages).toEqual([])
  })

  test('works for a consumer: plain Node, types, the examples', async () => {
    const folder = await installedPackage()
    const imports = `
      import { LifecycleError, Ranker, trackUser, trackerSettings } from 'stan-lifecycle'
      import { connectStates, LifecycleError as ClientError } from 'stan-lifecycle/client'
      import { openTestDriver } from 'stan-lifecycle/testing'
    `
    const checks = `
      const driver = await openTestDriver()
      await driver.send({ userId: 'ann' })
      const inner = await import('stan-lifecycle/dist/main.js').catch(({ code }) => code)
      const { pathname } = new URL(import.meta.resolve('stan-lifecycle/schemas/user-state.v1.avsc'))
      const refused = await connectStates({ sse: { url: 'http://127.0.0.1:1' } }).catch((error) => error)
      console.log(JSON.stringify({
        fold: typeof trackUser, ranker: typeof Ranker, tasks: trackerSettings().tasks.length,
        stage: driver.stateOf('ann').stage, inner, schema: pathname.split('/').slice(-3).join('/'),
        isOneClass: LifecycleError === ClientError && refused instanceof LifecycleError, code: refused.code,
      }))
    `
    await writeFile(join(folder, 'plain.mjs'), imports + checks)
    expect(JSON.parse(await run(process.execPath, ['plain.mjs'], folder))).toEqual({
      fold: 'function',
      ranker: 'function',
      tasks: 3,
      stage: 'new',
      inner: 'ERR_PACKAGE_PATH_NOT_EXPORTED',
      schema: 'stan-lifecycle/schemas/user-state.v1.avsc',
      isOneClass: true,
      code: 'api-unavailable',
    })

    await cp(join(folder, 'node_modules/stan-lifecycle/deploy/examples/typescript'), folder, { recursive: true })
    const typed = `${imports}
      const driver = await openTestDriver({ settings: { posterior: { mode: 'paper' } }, startMs: 1_767_225_600_000 })
      const stage: 'new' | 'wander' | 'stick' | 'loyal' | undefined = driver.stateOf('ann')?.stage
      const states = await connectStates({ kafka: { brokers: ['localhost:9092'] } }, { maxLagMs: 1000 })
      const answer = states.get('ann')
      // @ts-expect-error an answer that is not fresh may have no state
      answer.state.stage
      if (answer.kind === 'fresh') answer.state.tasks[0].mean.toFixed()
      // @ts-expect-error there is no such setting
      trackerSettings({ stages: { minimum: 3 } })
      export { stage, LifecycleError, ClientError, Ranker, trackUser }
    `
    await writeFile(join(folder, 'typed.ts'), typed)
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG))
    expect(await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.'], folder)).toBe('')

    expect(JSON.parse(await run(process.execPath, ['--import', 'tsx', 'fold-one-event.ts'], folder))).toEqual({
      stage: 'new',
      ctr: 2 / 3,
      outputs: ['example'],
    })
    const tested = await run(process.execPath, ['--import', 'tsx', '--test', 'came-back.test.ts'], folder)
    expect(tested).toMatch(/pass 1\b/)
  })

  test('ranks by what a server publishes, in the example of a ranker', async () => {
    const folder = await installedPackage()
    await cp(join(ROOT, 'deploy/examples/typescript'), folder, { recursive: true })
    const server = await EventServer.start()
    server.onConnection = (connection) => {
      accept(connection)
      const loyal = { ...SAMPLE_RECORDS.userState, stage: 'loyal' as const, stageProbabilities: [0, 0, 0, 1] }
      const narrow = { ...loyal.tasks[0], lower: 0.3, upper: 0.3 }
      const tasks = ['ctr', 'stay', 'cvr'].map((task) => ({ ...narrow, task }))
      connection.send('state', stateJson({ ...loyal, tasks }, false), 'a')
      connection.send('freshness', { asOf: null, lagSeconds: 0, stale: false }, 'a')
    }
    const candidates = [
      { itemId: 'clicked', scores: { ctr: 0.9, stay: 0.2, cvr: 0.1 } },
      { itemId: 'bought', scores: { ctr: 0.3, stay: 0.2, cvr: 0.5 } },
    ]
    const requests = ['712', 'nobody'].map((userId) => JSON.stringify({ userId, candidates })).join('\n')
    const env = { STAN_API: server.url }
    const output = await run(process.execPath, ['--import', 'tsx', 'rank-for-users.ts'], folder, requests, env)
    expect(
      output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { userId: '712', order: ['bought', 'clicked'], basis: 'loyal' },
      { userId: 'nobody', order: ['clicked', 'bought'], basis: 'not personal: unknown user' },
    ])
  })

  test.each([
    { name: 'trackUser', packages: [], absent: ['class Ranker', 'function expectedCalibrationError'] },
    { name: 'Ranker', packages: ['@tensorflow/tfjs-core'], absent: ['function trackUser'] },
  ])('leaves out of a bundle of $name what it does not need', async ({ name, packages, absent }) => {
    const result = await build({
      stdin: { contents: `import { ${name} } from 'stan-lifecycle'; console.log(${name})`, resolveDir: ROOT },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      external: ['@tensorflow/*', 'jstat', 'kafkajs', 'avsc', 'zod', 'classic-level'],
      metafile: true,
    })
    const [output] = Object.values(result.metafile.outputs)
    expect([...new Set(output.imports.map(({ path }) => path))].sort()).toEqual(packages)
    const { text } = result.outputFiles[0]
    expect(text).toMatch(new RegExp(`(function|class) ${name}\\b|${name} = class`))
    expect(absent.filter((declaration) => text.includes(declaration))).toEqual([])
  })
})
