/**
 * Prints the table of deploy/sizing.md; a test compares.
 *
 *     node --import tsx bench/sizing.ts
 */
import { sizingTable } from './support/sizing.ts'

process.stdout.write(`${sizingTable()}\n`)
