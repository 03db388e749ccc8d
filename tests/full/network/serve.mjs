// Run a PLC directory and a PDS on loopback until standard input closes; the first line on standard output is
// {"ready": true, "plc": URL, "pds": URL}. Argument: a folder for the PDS's data.
import { freePort } from './loopback.mjs'
import { Secp256k1Keypair } from '@atproto/crypto'
import { PDS, envToCfg, envToSecrets, readEnv } from '@atproto/pds'
import { Database, PlcServer } from '@did-plc/server'
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import path from 'node:path'

const LIFETIME_MS = 30 * 60 * 1000

async function startPlc() {
  const port = await freePort()
  const plc = PlcServer.create({ db: Database.mock(), port })
  await plc.start()
  return { url: `http://127.0.0.1:${port}`, stop: () => plc.destroy() }
}

async function startPds(plcUrl, folder) {
  const port = await freePort()
  const rotationKey = await Secp256k1Keypair.create({ exportable: true })
  const blobs = path.join(folder, 'blobs')
  mkdirSync(blobs, { recursive: true })
  Object.assign(process.env, {
    PDS_PORT: String(port),
    PDS_HOSTNAME: 'localhost',
    PDS_DEV_MODE: 'true',
    PDS_DATA_DIRECTORY: folder,
    PDS_BLOBSTORE_DISK_LOCATION: blobs,
    PDS_DID_PLC_URL: plcUrl,
    PDS_SERVICE_HANDLE_DOMAINS: '.test',
    PDS_INVITE_REQUIRED: 'false',
    PDS_RATE_LIMITS_ENABLED: 'false',
    PDS_DISABLE_SSRF_PROTECTION: 'true',
    PDS_JWT_SECRET: randomBytes(16).toString('hex'),
    PDS_ADMIN_PASSWORD: randomBytes(16).toString('hex'),
    PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: Buffer.from(await rotationKey.export()).toString('hex'),
  })
  const environment = readEnv()
  const pds = await PDS.create(envToCfg(environment), envToSecrets(environment))
  await pds.start()
  return { url: `http://127.0.0.1:${port}`, stop: () => pds.destroy() }
}

const plc = await startPlc()
const pds = await startPds(plc.url, path.resolve(process.argv[2]))

async function stop() {
  setTimeout(() => process.exit(0), 5000).unref()
  await pds.stop()
  await plc.stop()
  process.exit(0)
}

setTimeout(stop, LIFETIME_MS).unref()
process.on('SIGTERM', stop)
process.stdin.on('end', stop).resume()
console.log(JSON.stringify({ ready: true, plc: plc.url, pds: pds.url }))
