// {plc, endpoint, labelKey} -> {did}: make a did:plc whose document names a label key and a labeler service.
import { Secp256k1Keypair } from '@atproto/crypto'
import * as plcLib from '@did-plc/lib'
import { runTask } from './task.mjs'

await runTask(async ({ plc, endpoint, labelKey }) => {
  const rotationKey = await Secp256k1Keypair.create()
  const operation = await plcLib.signOperation(
    {
      type: 'plc_operation',
      rotationKeys: [rotationKey.did()],
      verificationMethods: { atproto: rotationKey.did(), atproto_label: labelKey },
      alsoKnownAs: ['at://labeler.test'],
      services: { atproto_labeler: { type: 'AtprotoLabeler', endpoint } },
      prev: null,
    },
    rotationKey,
  )
  const did = await plcLib.didForCreateOp(operation)
  await new plcLib.Client(plc).sendOperation(did, operation)
  return { did }
})
