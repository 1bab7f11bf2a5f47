import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { callProgram } from '../../support/call-program.ts'
import { runCli } from '../../support/run-cli.ts'

const folder = await mkdtemp(join(tmpdir(), 'stan-lifecycle-test-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

const inFolder = (name: string): string => join(folder, name)
await writeFile(inFolder('list.yaml'), '- 1\n- 2\n')
await writeFile(inFolder('broken.yaml'), 'ranker: {mode: stan\n')
await writeFile(inFolder('typo.yaml'), 'ranker:\n  mod: stan\n')
await writeFile(inFolder('foreign.txt'), 'not ours')

const EVALUATE = ['evaluate', '--data', `kuairand:${folder}`]
const MODES = 'single, shared-bottom, mmoe, ple, aitm, ple-stage, stan-no-beta, stan, stan-calibrated, stan-gated'
const DAYS = ['--train-to', '2022-04-28', '--valid-to', '2022-04-30']

/** A call and the whole of what it writes to standard error, after the program's name. */
const REFUSED: readonly (readonly [call: readonly string[], sentence: string])[] = [
  [['dmo'], 'Cannot run dmo: there is no such command; the nearest is demo'],
  [['--colour'], "unknown option '--colour'; --help lists what there is"],
  [['ingest'], 'Cannot ingest: name one of kuairand, jsonl; see --help'],
  [['ingest', 'json'], 'Cannot ingest json: there is no such command; the nearest is jsonl'],
  [['ingest', 'kuairand'], "missing required argument 'dir'; --help lists what there is"],
  [
    ['ingest', 'jsonl', '--rport', 'x'],
    "unknown option '--rport' (Did you mean --report?); --help lists what there is",
  ],
  [['ingest', 'kuairand', folder, '--from', '2022-13-45'], 'Cannot read from 2022-13-45: there is no such day'],
  [
    ['ingest', 'kuairand', folder, '--from', '2022-04-30', '--to', '2022-04-25'],
    'Cannot read from 2022-04-30 to 2022-04-25: the range ends before it begins',
  ],
  [
    ['ingest', 'jsonl', '-', '--report', inFolder('nowhere/report.json')],
    `Cannot use --report ${inFolder('nowhere/report.json')}: there is no folder ${inFolder('nowhere')}`,
  ],
  [['ingest', 'jsonl', '-', '--report', folder], `Cannot use --report ${folder}: it is a folder`],
  [
    ['run', '--role', 'api', '--set', 'api.host=0.0.0.0', '--data-dir', inFolder('public')],
    'Cannot serve the API on 0.0.0.0 without tokens: anybody could read and erase users; ' +
      'set api.readTokensFile, api.writeTokensFile or api.adminTokensFile, or api.host to 127.0.0.1',
  ],
  [
    ['run', '--role', 'foo'],
    "option '--role <role>' argument 'foo' is invalid. Allowed choices are tracker, ranker, api, all; --help lists what there is",
  ],
  [['run', '--for', 'abc'], 'Cannot use --for abc: write a number and ms, s, m, h or d, such as 60s'],
  [
    ['run', '--config', inFolder('none.yaml')],
    `Cannot read configuration ${inFolder('none.yaml')}: there is no such file`,
  ],
  [['what-if'], 'Cannot tell what if: name --rules, --posterior or --mode'],
  [['what-if', '--rules', 'talk', '--data', 'shop:x'], 'Cannot tell what if on shop:x: write kuairand:DIR'],
  [['what-if', '--mode', 'stan', '--no-ranker'], 'Cannot use --mode stan with --no-ranker'],
  [
    ['what-if', '--mode', 'best'],
    `option '--mode <mode>' argument 'best' is invalid. Allowed choices are ${MODES}; --help lists what there is`,
  ],
  [
    ['what-if', '--rules', 'talk', '--from', '2026-02-02', '--to', '2026-02-01'],
    'Cannot use --from 2026-02-02T00:00:00.000Z --to 2026-02-01T23:59:59.999Z: the range ends before it begins',
  ],
  [
    ['what-if', '--rules', 'talk', '--html', inFolder('nowhere/page.html')],
    `Cannot use --html ${inFolder('nowhere/page.html')}: there is no folder ${inFolder('nowhere')}`,
  ],
  [
    ['why', 'ann', '--from', '1767225600001', '--to', '1767225600000'],
    'Cannot use --from 2026-01-01T00:00:00.001Z --to 2026-01-01T00:00:00.000Z: the range ends before it begins',
  ],
  [
    ['state', 'ann', '--at', 'yesterday'],
    'Cannot use --at yesterday: write a day or a time, such as 2026-01-31 or 2026-01-31T08:00Z',
  ],
  [['diff', 'ann', '--from', '2026-01-01'], "required option '--to <time>' not specified; --help lists what there is"],
  [['verify', '--partition', 'x'], 'Cannot use --partition x: it takes a whole number from 0 on'],
  [['demo', '--for', '0'], 'Cannot use --for 0: write a number and ms, s, m, h or d, such as 60s'],
  [['demo', '--rate', 'abc'], 'Cannot use --rate abc: it takes a number above 0'],
  [['demo', '--rate', '0'], 'Cannot use --rate 0: it takes a number above 0'],
  [
    ['demo', '--mode', 'foo'],
    `option '--mode <mode>' argument 'foo' is invalid. Allowed choices are ${MODES}; --help lists what there is`,
  ],
  [
    ['demo', '--backend', 'foo'],
    "option '--backend <backend>' argument 'foo' is invalid. Allowed choices are auto, native, wasm, plain; --help lists what there is",
  ],
  [['demo', '--set', 'foo'], 'Cannot use --set foo: write key=value, such as ranker.mode=stan'],
  [
    ['demo', '--set', 'ranker.mod=stan'],
    'Cannot use option ranker.mod: no setting has that name; the nearest is ranker.mode',
  ],
  [
    ['demo', '--data-dir', inFolder('foreign.txt')],
    `Cannot open the data folder ${inFolder('foreign.txt')}: it, or a folder above it, is a file`,
  ],
  [
    ['demo', '--data-dir', folder],
    `Cannot open the data folder ${folder}: it holds broken.yaml but no stan-lifecycle.json; use an empty or a new folder`,
  ],
  [['state'], "missing required argument 'user'; --help lists what there is"],
  [['state', 'a', 'b'], "too many arguments for 'state'. Expected 1 argument but got 2; --help lists what there is"],
  [
    ['cat', 'foo'],
    'Cannot print foo: the topics are interactions, user-states, stage-transitions, lifecycle-alerts, ' +
      'training-examples, dead-letters, user-state-changelog, model-bundles, predictions, checkpoints, ' +
      'alert-monitor',
  ],
  [['cat', 'interactions', '--limit', '-1'], 'Cannot use --limit -1: it takes a whole number from 0 on'],
  [['cat', 'interactions', '--from', '1e3'], 'Cannot use --from 1e3: it takes a whole number from 0 on'],
  [['config'], 'Cannot use config: name one of print, validate, schema; see --help'],
  [
    ['config', 'validate', '--config', inFolder('typo.yaml')],
    'Cannot use the configuration: there is no setting ranker.mod; the nearest is ranker.mode',
  ],
  [
    ['config', 'validate', '--config', inFolder('list.yaml')],
    `Cannot read configuration ${inFolder('list.yaml')}: it is not a map of settings`,
  ],
  [['config', 'validate', '--config', folder], `Cannot read configuration ${folder}: it is a folder`],
  [['evaluate', ...DAYS], "required option '--data <kind:place>' not specified; --help lists what there is"],
  [
    ['evaluate', '--data', 'movielens:x', ...DAYS],
    'Cannot evaluate on movielens:x: write kuairand:DIR, wechat:DIR, kuailive:DIR, jsonl:FILE, simulated:users=N,days=N,seed=N',
  ],
  [[...EVALUATE, ...DAYS, '--seeds', '0'], 'Cannot use --seeds 0: it takes a whole number from 1 on'],
  [
    [...EVALUATE, ...DAYS, '--modes', 'ple,stann'],
    'Cannot evaluate mode "stann": there is no such mode; the nearest is stan',
  ],
  [
    [...EVALUATE, '--modes', 'ple{level=2}'],
    'Cannot use option ranker.level: no setting has that name; the nearest is ranker.levels',
  ],
  [
    [...EVALUATE, '--modes', 'ple{levels=9}'],
    'Cannot use the configuration: ranker.levels = 9 is not valid: too big: expected number to be <=4',
  ],
  [[...EVALUATE, '--base', 'stan-gated'], 'Cannot compare with stan-gated: it is not among ple, stan'],
  [[...EVALUATE, '--sync', 'weekly'], 'Cannot use --sync weekly: write a number of examples, hour, day, or never'],
  [
    [...EVALUATE, '--work', inFolder('foreign.txt')],
    `Cannot use --work ${inFolder('foreign.txt')}: it, or a folder above it, is a file`,
  ],
  [
    ['evaluate', '--data', 'simulated:usrs=5'],
    'Cannot evaluate on simulated:usrs=5: there is no usrs; the nearest is users',
  ],
  [
    ['evaluate', '--data', 'jsonl:x', '--from', '2022-04-25'],
    'Cannot use --from or --to with jsonl:x: only kuairand and kuailive read days',
  ],
  [[...EVALUATE, ...DAYS, '--modes', 'ple,ple'], 'Cannot evaluate mode ple twice: name each mode once'],
  [
    [...EVALUATE, '--train-to', '2022-02-30', '--valid-to', '2022-04-30'],
    'Cannot use --train-to 2022-02-30: it is not a day of the form yyyy-mm-dd',
  ],
  [['ab', '--modes', 'ple'], 'Cannot compare ple with nothing: name two modes, policies or fusions, or use --aa'],
  [['ab', '--modes', 'pel,stan'], `Cannot use --modes pel: the nearest is ple; there are ${MODES}, random, oracle`],
  [['ab', '--modes', 'ple,ple'], 'Cannot use --modes ple,ple: it names ple twice'],
  [['ab', '--modes', 'ple,stan', '--aa'], 'Cannot use --aa with 2 arms: it takes one, twice'],
  [['ab', '--modes', 'ple,stan', '--users', '0'], 'Cannot use --users 0: it takes a whole number from 2 on'],
  [['ab', '--modes', 'ple,stan', '--days', '0'], 'Cannot use --days 0: it takes a whole number from 1 on'],
  [
    ['ab', '--policies', 'fixd,thompson'],
    'Cannot use --policies fixd: the nearest is fixed; there are none, fixed, quotas, thompson',
  ],
  [['ab', '--modes', 'ple,stan', '--items', '10'], 'Cannot offer 30 candidates: there are 10 items'],
  [['ab', '--modes', 'ple,stan', '--json', '/nowhere/x'], 'Cannot use --json /nowhere/x: there is no folder /nowhere'],
  [['drift', '--days-after', '0'], 'Cannot use --days-after 0: it takes a whole number from 1 on'],
  [
    ['drift', '--change', 'weather'],
    "option '--change <what>' argument 'weather' is invalid. Allowed choices are tastes, stages; --help lists what there is",
  ],
  [
    [...EVALUATE, '--train-to', '2022-04-30', '--valid-to', '2022-04-28'],
    'Cannot validate to 2022-04-28: that is before the last training day 2022-04-30',
  ],
]

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('a call that cannot be carried out ends with code 2 and one line on standard error', () => {
  test.each(REFUSED)('%j', async (args, sentence) => {
    expect(await callProgram(args)).toEqual({ code: 2, stdout: '', stderr: `stan-lifecycle: ${sentence}\n` })
  })

  test('a configuration that is not YAML', async () => {
    const { code, stderr } = await callProgram(['config', 'validate', '--config', inFolder('broken.yaml')])
    expect(code).toBe(2)
    expect(stderr).toMatch(/^stan-lifecycle: Cannot read configuration .*broken\.yaml: .* at line \d+, column \d+\n$/)
  })

  test('a wrong environment variable', async () => {
    vi.stubEnv('STAN_RANKER_MOD', 'stan')
    expect((await callProgram(['config', 'validate'])).stderr).toBe(
      'stan-lifecycle: Cannot use environment variable STAN_RANKER_MOD: no setting has that name; ' +
        'the nearest is STAN_RANKER_MODE\n',
    )
  })
})

const COMMANDS = [
  [],
  ['demo'],
  ['run'],
  ['ingest'],
  ['ingest', 'kuairand'],
  ['ingest', 'jsonl'],
  ['state'],
  ['cat'],
  ['evaluate'],
  ['ab'],
  ['drift'],
  ['config'],
  ['config', 'print'],
  ['config', 'validate'],
  ['config', 'schema'],
]
test.each(COMMANDS.map((command) => [command]))('help of %j goes to standard output with code 0', async (command) => {
  const { code, stdout, stderr } = await callProgram([...command, '--help'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain(`Usage: ${['stan-lifecycle', ...command].join(' ')} [options]`)
})

describe.concurrent('the program as a process', () => {
  test.each([
    REFUSED.find(([args]) => args[0] === 'dmo')!,
    REFUSED.find(([args]) => args.includes('--rate'))!,
    REFUSED.find(([args]) => args.includes(folder) && args[0] === 'demo')!,
  ])('refuses %j with code 2', async (args, sentence) => {
    const { code, stdout, stderr } = await runCli([...args])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr.split('\n').slice(-2)).toEqual([`stan-lifecycle: ${sentence}`, ''])
  })

  test('prints its help with code 0', async () => {
    const { code, stdout, stderr } = await runCli(['help', 'ingest'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('Usage: stan-lifecycle ingest [options] [command]')
  })

  test('prints its help, on standard error, for a call without a command', async () => {
    const { code, stdout, stderr } = await runCli([])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('Usage: stan-lifecycle [options] [command]')
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(
      'stan-lifecycle: Cannot run: name one of demo, run, ingest, state, why, diff, cat, dlq, erase, erasure, alerts, topics, verify, what-if, evaluate, ab, drift, config; see --help',
    )
  })

  test('shows the stack of a failure only with --debug', async () => {
    const args = ['state', 'nobody', '--data-dir', inFolder('none')]
    const [plain, debug] = await Promise.all([runCli(args), runCli([...args, '--debug'])])
    expect(plain.stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(debug.stderr).toMatch(/^stan-lifecycle: .*\nLifecycleError: .*\n {4}at /)
  })
})
