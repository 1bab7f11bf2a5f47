import { CommanderError } from 'commander'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { OutputClosed } from '../../../src/app/cli/output.ts'
import { reportFailure } from '../../../src/app/cli/report-failure.ts'
import { LIFECYCLE_ERROR_CODES, LifecycleError } from '../../../src/core/contracts/lifecycle-error.ts'

function report(error: unknown, debug = false): { code: number; text: string } {
  const stream = new PassThrough()
  const code = reportFailure(error, stream, debug)
  return { code, text: String(stream.read() ?? '') }
}

test('a failure that calling differently mends has code 2, another one code 1', () => {
  const ones = LIFECYCLE_ERROR_CODES.filter((code) => report(new LifecycleError(code, 'Cannot go on: x')).code === 1)
  expect(ones).toEqual([
    'closed',
    'unknown-partition',
    'missing-key',
    'fenced',
    'commit-failed',
    'corrupt',
    'registry-unavailable',
    'broker-unreachable',
    'broker-refused',
    'broker-version',
    'api-unavailable',
    'api-refused',
    'stale-state',
    'alert-undelivered',
  ])
  expect(report(new LifecycleError('folder-in-use', 'Cannot open x: y'))).toEqual({
    code: 2,
    text: 'stan-lifecycle: Cannot open x: y\n',
  })
  expect(report(new RangeError('Cannot use --limit x: y'))).toEqual({
    code: 2,
    text: 'stan-lifecycle: Cannot use --limit x: y\n',
  })
})

test.each([new RangeError('Invalid array length'), new TypeError('x is not a function'), 'text'])(
  '%s is a fault of the program, with code 1',
  (error) => {
    const { code, text } = report(error)
    expect(code).toBe(1)
    expect(text).toMatch(/^stan-lifecycle: .* \(a fault of the program; --debug shows where\)\n$/)
  },
)

test('a failure of the operating system has code 1 and is no fault of the program', () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' })
  expect(report(error)).toEqual({ code: 1, text: 'stan-lifecycle: ENOSPC: no space left on device, write\n' })
  expect(report(new Error('Cannot write: ENOSPC', { cause: error }))).toEqual({
    code: 1,
    text: 'stan-lifecycle: Cannot write: ENOSPC\n',
  })
})

test('a message of several lines becomes one', () => {
  expect(report(new LifecycleError('corrupt', 'Cannot read:\n  line two\nline three')).text).toBe(
    'stan-lifecycle: Cannot read: line two line three\n',
  )
})

test('the stack follows with debug alone', () => {
  const error = new LifecycleError('corrupt', 'Cannot read x: y')
  expect(report(error, true).text).toBe(`stan-lifecycle: Cannot read x: y\n${error.stack}\n`)
})

test('a reader that has gone, and help, are no failures', () => {
  expect(report(new OutputClosed())).toEqual({ code: 0, text: '' })
  expect(report(new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)'))).toEqual({ code: 0, text: '' })
  expect(report(new CommanderError(1, 'commander.unknownOption', 'error: x'))).toEqual({ code: 2, text: '' })
})
