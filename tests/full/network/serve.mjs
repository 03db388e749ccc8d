// Run a PLC directory and a PDS on loopback until standard input closes; the first line on standard output is
// {"ready": true, "plc": URL, "pds": URL, "adminPassword": TEXT, "moderator": {"did": DID, "key": HEX}}; the PDS takes
// tokens of that moderator, signed by its label key. Argument: a folder for the PDS's data.
import { freePort } from './loopback.mjs'
import { Secp256k1Keypair } from '@atproto/crypto'
import { PDS, envToCfg, envToSecrets, readEnv } from '@atproto/pds'
import * as plcLib from '@did-plc/lib'
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

async function registerModerator(plcUrl) {
  const key = await Secp256k1Keypair.create({ exportable: true })
  const operation = await plcLib.signOperation(
    {
      type: 'plc_operation',
      rotationKeys: [key.did()],
      verificationMethods: { atproto_label: key.did() },
      alsoKnownAs: ['at://moderator.test'],
      services: { atproto_labeler: { type: 'AtprotoLabeler', endpoint: 'http://127.0.0.1:9' } },
      prev: null,
    },
    key,
  )
  const did = await plcLib.didForCreateOp(operation)
  await new plcLib.Client(plcUrl).sendOperation(did, operation)
  return { did, key: Buffer.from(await key.export()).toString('hex') }
}

async function startPds(plcUrl, moderatorDid, adminPassword, folder) {
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
    PDS_ADMIN_PASSWORD: adminPassword,
    PDS_MOD_SERVICE_URL: 'http://127.0.0.1:9',
    PDS_MOD_SERVICE_DID: moderatorDid,
    PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: Buffer.from(await rotationKey.export()).toString('hex'),
  })
  const environment = readEnv()
  const pds = await PDS.create(envToCfg(environment), envToSecrets(environment))
  await pds.start()
  return { url: `http://127.0.0.1:${port}`, stop: () => pds.destroy() }
}

const plc = await startPlc()
const moderator = await registerModerator(plc.url)
const adminPassword = randomBytes(16).toString('hex')
const pds = await startPds(plc.url, moderator.did, adminPassword, path.resolve(process.argv[2]))

async function stop() {
  setTimeout(() => process.exit(0), 5000).unref()
  await pds.stop()
  await plc.stop()
  process.exit(0)
}

setTimeout(stop, LIFETIME_MS).unref()
process.on('SIGTERM', stop)
process.stdin.on('end', stop).resume()
console.log(JSON.stringify({ ready: true, plc: plc.url, pds: pds.url, adminPassword, moderator }))
