/** A process that opens a data folder, says so, and holds it until it is killed. */
import { openDataFolder } from '../../src/io/data-folder/data-folder.ts'

await openDataFolder(process.argv[2], { createdBy: '0.0.0', settings: {} })
process.stdout.write('open\n')
setInterval(() => {}, 60_000)
