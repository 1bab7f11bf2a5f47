import { expect, test } from 'vitest'
import { callProgram } from '../../support/call-program.ts'
import { freePorts } from '../../support/kafka/free-ports.ts'

const EMBEDDED = 'With log embedded the program makes its topics itself; there is nothing to do\n'

test.each(['plan', 'apply'])('topics %s says that the embedded log needs nothing', async (action) => {
  expect(await callProgram(['topics', action])).toEqual({ code: 0, stdout: EMBEDDED, stderr: '' })
  expect((await callProgram(['topics', action, '--json'])).stdout).toBe('{\n  "differences": []\n}\n')
})

test.each(['plan', 'apply'])('topics %s of a cluster that is not there is one sentence and code 1', async (action) => {
  const [port] = await freePorts(1)
  const settings = ['--set', 'log=kafka', '--set', `kafka.brokers=[127.0.0.1:${port}]`]
  expect(await callProgram(['topics', action, ...settings])).toEqual({
    code: 1,
    stdout: '',
    stderr: `stan-lifecycle: Cannot reach Kafka at 127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}\n`,
  })
})

test('topics without a command, or with one that there is not, is a mistake in the call', async () => {
  expect(await callProgram(['topics'])).toMatchObject({
    code: 2,
    stderr: 'stan-lifecycle: Cannot use topics: name one of plan, apply; see --help\n',
  })
  expect(await callProgram(['topics', 'pln'])).toMatchObject({
    code: 2,
    stderr: 'stan-lifecycle: Cannot use topics pln: there is no such command; the nearest is plan\n',
  })
})
