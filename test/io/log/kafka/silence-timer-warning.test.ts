import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const MODULE = new URL('../../../../src/io/log/kafka/connect-kafka-warnings.ts', import.meta.url).href

test("the warning about kafkajs' timers is silenced, and no other", async () => {
  const folder = await temporaryFolder()
  const network = join(folder, 'node_modules', 'kafkajs', 'src', 'network')
  await mkdir(network, { recursive: true })
  // Node 20 has no such warning of its own, so it is given here as Node 24 gives it.
  const warn = (text: string, name: string) => `process.emitWarning('${text}', '${name}')\n`
  await writeFile(
    join(network, 'queue.cjs'),
    warn('of kafkajs', 'TimeoutNegativeWarning') + warn('other of kafkajs', 'Other'),
  )
  await writeFile(
    join(folder, 'main.mjs'),
    `import { silenceTimerWarning } from '${MODULE}'\nsilenceTimerWarning()\nsilenceTimerWarning()\n` +
      `await import('./node_modules/kafkajs/src/network/queue.cjs')\n${warn('of others', 'TimeoutNegativeWarning')}`,
  )
  const program = ['--import', import.meta.resolve('tsx'), join(folder, 'main.mjs')]
  const { stderr } = await promisify(execFile)(process.execPath, program)
  const told = [...stderr.matchAll(/^\(node:\d+\) (.*)$/gm)].map(([, text]) => text)
  expect(told).toEqual(['Other: other of kafkajs', 'TimeoutNegativeWarning: of others'])
})
