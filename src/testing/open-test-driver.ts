import { type DriverOptions, TestDriver } from './test-driver.ts'

/**
 * Opens the tracker on a log and a store in memory: no broker, no folder, no clock of its own. Throws LifecycleError
 * `invalid-config` for settings that are none, `unreadable-file` for a configuration file that is not there.
 */
export function openTestDriver(options: DriverOptions = {}): Promise<TestDriver> {
  return TestDriver.open(options)
}
