/**
 * Gets the native TensorFlow backend working where the install script of @tensorflow/tfjs-node cannot download its C
 * library: the same C API is in the Python wheel tensorflow-cpu, so this takes the library from there and compiles the
 * binding against it. Linux x64 with python3, pip and g++.
 *
 * Adds packages to node_modules, replaces none, leaves package.json and its lock file alone. What was downloaded and
 * compiled stays in .native/, so that a run after `npm ci` takes seconds. A run that finds the backend working ends.
 */
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import util from 'node:util'

const TFJS_NODE = '@tensorflow/tfjs-node'
const TFJS_NODE_VERSION = '4.22.0'
const TENSORFLOW_VERSION = '2.15.1' // passes TensorFlow.js's own tests; 2.18 fails one on integer rounding
const NODE_API_HEADERS_VERSION = '1.9.0'

const script = fileURLToPath(import.meta.url)
const project = path.resolve(path.dirname(script), '..')
const require = createRequire(path.join(project, 'package.json'))
const cache = path.join(project, '.native')
const staging = path.join(cache, 'packages')
const nodeApiHeaders = path.join(staging, 'node_modules/node-api-headers/include')
const tensorflow = path.join(cache, `tensorflow-${TENSORFLOW_VERSION}`)

const UNPACK = `
import re, sys, zipfile
headers = r'(tensorflow/(c/|core/platform/ctstring|tsl/(c/|platform/ctstring))|(tsl|xla/tsl)/(c/|platform/ctstring))'
wanted = re.compile(r'tensorflow/(libtensorflow_(cc|framework)[.]so[.]2$|include/' + headers + ')')
wheel = zipfile.ZipFile(sys.argv[1])
for name in wheel.namelist():
    if wanted.match(name): wheel.extract(name, sys.argv[2])
`

/** A failure that one sentence explains; anything else keeps its stack. */
class Refusal extends Error {}

/** Runs a program to its end and returns its output; `purpose` completes "Cannot ..." when it is missing or fails. */
function run(purpose, command, args) {
  const { error, status, signal, stdout, stderr } = spawnSync(command, args, { cwd: project, encoding: 'utf8' })
  if (error?.code === 'ENOENT') throw new Refusal(`Cannot ${purpose}: ${command} is not installed`)
  if (error) throw error
  if (status === 0) return stdout
  const lines = stderr.split('\n').filter((line) => line.trim() !== '')
  const reason = lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? `ended with ${signal ?? status}`
  throw new Refusal(`Cannot ${purpose}: ${command} says "${reason.trim()}"`)
}

function step(text, work) {
  const startMs = performance.now()
  process.stdout.write(`${text} ... `)
  try {
    const result = work()
    process.stdout.write(`${((performance.now() - startMs) / 1000).toFixed(1)} s\n`)
    return result
  } catch (error) {
    process.stdout.write('failed\n')
    throw error
  }
}

/** The node_modules folder of the project's own tfjs-core, so that the native backend registers in that copy. */
function modulesFolder() {
  try {
    return path.resolve(path.dirname(require.resolve('@tensorflow/tfjs-core/package.json')), '../..')
  } catch {
    throw new Refusal('Cannot add the native backend: node_modules has no @tensorflow/tfjs-core, run `npm ci` first')
  }
}

const versionIn = (folder) => {
  const file = path.join(folder, 'package.json')
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')).version : undefined
}

/** The highest Node-API version that this Node and the package know: the folder where the package seeks its binding. */
function nodeApiVersion(packageFolder) {
  const { binary } = JSON.parse(fs.readFileSync(path.join(packageFolder, 'package.json'), 'utf8'))
  return Math.max(...binary.napi_versions.filter((version) => version <= Number(process.versions.napi)))
}

/** Fails unless a 2 x 2 product is right when computed by the native backend through the project's own tfjs-core. */
async function check() {
  util.isNullOrUndefined = (value) => value === null || value === undefined
  util.isArray = Array.isArray
  const tf = await import('@tensorflow/tfjs-core')
  require(TFJS_NODE)
  const product = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])).dataSync()
  if (tf.getBackend() !== 'tensorflow') throw new Error(`the backend in use is ${tf.getBackend()}`)
  if (product.join() !== '19,22,43,50') throw new Error(`the product is ${product.join()}`)
}

/** Checks in a child process, because a library that does not fit can end its process. Undefined when all is well. */
function failureOfBackend() {
  const { status, signal, stderr } = spawnSync(process.execPath, [script, 'check'], {
    cwd: project,
    encoding: 'utf8',
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
  })
  if (status === 0) return undefined
  return stderr.split('\n').find((line) => /error/i.test(line)) ?? `the check ended with ${signal ?? status}`
}

function refuseOtherPlatforms() {
  const { glibcVersionRuntime } = process.report.getReport().header
  if (process.platform === 'linux' && process.arch === 'x64' && glibcVersionRuntime !== undefined) return
  const libc = process.platform === 'linux' && glibcVersionRuntime === undefined ? ' without glibc' : ''
  const present = `this is ${process.platform} ${process.arch}${libc} and the library is for linux x64 with glibc`
  throw new Refusal(`Cannot build the native backend: ${present}; try \`npm rebuild ${TFJS_NODE}\``)
}

/** Downloads the wheel and keeps of it both libraries and the C headers. */
function fetchTensorflow() {
  const partial = `${tensorflow}.partial`
  fs.rmSync(partial, { recursive: true, force: true })
  fs.mkdirSync(partial, { recursive: true })
  step(`Downloading the wheel tensorflow-cpu ${TENSORFLOW_VERSION} (207 MB)`, () => {
    const platform = '--platform=manylinux2014_x86_64 --implementation=cp --python-version=3.11 --abi=cp311'
    const options = `--no-deps --only-binary=:all: ${platform} --disable-pip-version-check --quiet`
    const wheel = `tensorflow-cpu==${TENSORFLOW_VERSION}`
    run('download TensorFlow', 'python3', ['-m', 'pip', 'download', ...options.split(' '), '--dest', partial, wheel])
  })
  step('Unpacking its libraries and headers (590 MB)', () => {
    const wheel = path.join(
      partial,
      fs.readdirSync(partial).find((name) => name.endsWith('.whl')),
    )
    run('unpack TensorFlow', 'python3', ['-c', UNPACK, wheel, partial])
    fs.rmSync(wheel)
    fs.renameSync(partial, tensorflow)
  })
}

/**
 * Installs tfjs-node and what it needs into the cache, at the versions of the project's lock file, scripts off. Nothing
 * to do while that lock file stays the same.
 */
function stagePackages() {
  const lockFile = path.join(project, 'package-lock.json')
  const lock = fs.existsSync(lockFile) ? fs.readFileSync(lockFile, 'utf8') : ''
  const stagedFor = path.join(staging, 'staged-for.json')
  if (fs.existsSync(stagedFor) && fs.readFileSync(stagedFor, 'utf8') === lock) return
  step(`Installing ${TFJS_NODE} ${TFJS_NODE_VERSION} in .native, its script off`, () => {
    const dependencies = { [TFJS_NODE]: TFJS_NODE_VERSION, 'node-api-headers': NODE_API_HEADERS_VERSION }
    fs.mkdirSync(staging, { recursive: true })
    fs.rmSync(stagedFor, { force: true })
    fs.writeFileSync(path.join(staging, 'package.json'), JSON.stringify({ private: true, dependencies }))
    if (lock !== '') fs.writeFileSync(path.join(staging, 'package-lock.json'), lock)
    const options = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund']
    run('install the package', 'npm', ['install', '--prefix', staging, ...options])
    fs.writeFileSync(stagedFor, lock)
  })
}

/** Copies the staged packages that node_modules lacks to where npm would have put them; tfjs-node itself comes last. */
function addPackages(modules) {
  const staged = path.join(staging, 'node_modules')
  const { packages } = JSON.parse(fs.readFileSync(path.join(staged, '.package-lock.json'), 'utf8'))
  const names = Object.keys(packages).map((key) => key.slice('node_modules/'.length))
  const missing = names.filter((name) => {
    if (name === 'node-api-headers') return false // only for the compiler
    const present = versionIn(path.join(modules, name))
    if (present === undefined || present === packages[`node_modules/${name}`].version) return present === undefined
    throw new Refusal(
      `Cannot add ${TFJS_NODE}: node_modules holds another version of ${name} (${present}), run \`npm ci\` first`,
    )
  })
  step(`Adding ${missing.length} packages to node_modules`, () => {
    const ordered = missing.filter((name) => name !== TFJS_NODE).toSorted((a, b) => a.length - b.length)
    for (const name of [...ordered, TFJS_NODE]) addPackage(path.join(staged, name), path.join(modules, name), modules)
  })
}

/** Copies aside and renames, so that an interruption leaves no half package. Nested packages have their own turn. */
function addPackage(from, to, modules) {
  const aside = path.join(modules, '.tensorflow-native.partial')
  fs.rmSync(aside, { recursive: true, force: true })
  fs.cpSync(from, aside, { recursive: true, filter: (source) => !source.slice(from.length).includes('/node_modules') })
  fs.mkdirSync(path.dirname(to), { recursive: true })
  fs.renameSync(aside, to)
}

function compileBinding(packageFolder, napi, binding) {
  step(`Compiling the binding for Node-API ${napi}`, () => {
    const libraries = path.join(tensorflow, 'tensorflow')
    const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => path.join(packageFolder, 'binding', name))
    const folders = [nodeApiHeaders, path.join(libraries, 'include'), packageFolder]
    fs.mkdirSync(path.dirname(binding), { recursive: true })
    const language = ['-std=c++17', '-O2', `-DNAPI_VERSION=${napi}`, ...folders.map((folder) => `-I${folder}`)]
    const linking = [`-L${libraries}`, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2']
    const output = ['-shared', '-fPIC', '-Wl,-rpath,$ORIGIN/../../deps/lib', '-o', `${binding}.partial`]
    run('compile the binding', 'g++', [...language, ...sources, ...linking, ...output])
    fs.renameSync(`${binding}.partial`, binding)
  })
}

/** Hard links where the file system allows, so that 590 MB lie on the disk once. */
function linkFile(from, to) {
  fs.mkdirSync(path.dirname(to), { recursive: true })
  fs.rmSync(to, { force: true })
  try {
    fs.linkSync(from, to)
  } catch {
    fs.copyFileSync(from, to)
  }
}

function linkLibraries(packageFolder, napi, binding) {
  const target = path.join(packageFolder, 'deps/lib')
  const names = { libtensorflow: 'libtensorflow_cc.so.2', libtensorflow_framework: 'libtensorflow_framework.so.2' }
  for (const [stem, library] of Object.entries(names)) {
    linkFile(path.join(tensorflow, 'tensorflow', library), path.join(target, library))
    // The names that the package's own script and build file look for.
    for (const alias of ['.so', '.so.2', '.so.2.9.1'].map((ending) => stem + ending)) {
      if (alias === library) continue
      fs.rmSync(path.join(target, alias), { force: true })
      fs.symlinkSync(library, path.join(target, alias))
    }
  }
  linkFile(binding, path.join(packageFolder, `lib/napi-v${napi}/tfjs_binding.node`))
}

function install() {
  const modules = modulesFolder()
  const packageFolder = path.join(modules, TFJS_NODE)
  const present = versionIn(packageFolder)
  if (present !== undefined && failureOfBackend() === undefined) return 'The native backend works already'
  refuseOtherPlatforms()
  if (present !== undefined && present !== TFJS_NODE_VERSION)
    throw new Refusal(`Cannot build the native backend: ${TFJS_NODE} is ${present} and not ${TFJS_NODE_VERSION}`)

  if (!fs.existsSync(tensorflow)) {
    run('compile the binding', 'g++', ['--version']) // before the long download, not after it
    fetchTensorflow()
  }
  if (present === undefined || !fs.existsSync(nodeApiHeaders)) stagePackages()
  if (present === undefined) addPackages(modules)
  const napi = nodeApiVersion(packageFolder)
  const binding = path.join(tensorflow, `tfjs-node-${TFJS_NODE_VERSION}-napi-v${napi}`, 'tfjs_binding.node')
  if (!fs.existsSync(binding)) compileBinding(packageFolder, napi, binding)
  step('Linking the libraries into node_modules', () => linkLibraries(packageFolder, napi, binding))
  const failure = step('Checking a matrix product', failureOfBackend)
  if (failure !== undefined) throw new Refusal(`Cannot use what was built: ${failure}; remove .native and run again`)
  return 'The native backend works'
}

try {
  if (process.argv[2] === 'check') await check()
  else console.log(install())
} catch (error) {
  if (!(error instanceof Refusal)) throw error
  console.error(error.message)
  process.exitCode = 1
}
