// {labeler, plc, did, cursor, until} -> {frames: [{seq, labels}]}: the label stream up to the first label whose
// subject begins with `until`, each label checked.
import { lexicons } from '@atproto/api'
import { Subscription } from '@atproto/xrpc-server'
import { checkLabel, labelKeyOf } from './label_check.mjs'
import { runTask } from './task.mjs'

const METHOD = 'com.atproto.label.subscribeLabels'

await runTask(async ({ labeler, plc, did, cursor, until }) => {
  const key = await labelKeyOf(plc, did)
  const service = labeler.replace(/^http/, 'ws')
  const validate = (body) => lexicons.assertValidXrpcMessage(METHOD, body)
  const frames = []
  for await (const message of new Subscription({ service, method: METHOD, getParams: () => ({ cursor }), validate })) {
    if (message.$type !== `${METHOD}#labels`) throw new Error(`unexpected ${message.$type}: ${message.name}`)
    const labels = await Promise.all(message.labels.map((label) => checkLabel(label, key)))
    frames.push({ seq: message.seq, labels })
    if (labels.some((label) => label.uri.startsWith(until))) break
  }
  return { frames }
})
